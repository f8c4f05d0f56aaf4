# Has fish complete the command lines of plughostctl, which says itself what can stand where.

function __plughostctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    command $words[1] complete -- $words[2..-1] "$current" 2>/dev/null
end

complete -c plughostctl -f -a '(__plughostctl_complete)'
