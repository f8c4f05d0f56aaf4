#compdef plughostctl
# Has zsh complete the command lines of plughostctl, which says itself what can stand where.

_plughostctl() {
    local -a items unfinished
    local text summary
    while IFS=$'\t' read -r text summary; do
        text=${text//:/\\:}
        if [[ $text == *= ]]; then
            unfinished+=("$text")
        else
            items+=("$text${summary:+:$summary}")
        fi
    done < <(${(Q)words[1]} complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    _describe 'plughostctl' items
    _describe 'plughostctl' unfinished -S ''
}

# As a file of $fpath this is the function's body; otherwise it is only defined.
if [[ $funcstack[1] == _plughostctl ]]; then
    _plughostctl "$@"
else
    compdef _plughostctl plughostctl
fi
