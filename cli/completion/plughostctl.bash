# Has bash complete the command lines of plughostctl, which says itself what can stand where.

_plughostctl() {
    local line=${COMP_LINE:0:COMP_POINT} current='' cut text words
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] || current=${words[-1]}
    [[ -z $current ]] || unset 'words[-1]'

    # To bash a colon begins a new word: only what stands behind the last one is replaced.
    cut=${current%"${current##*[:=]}"}
    [[ $COMP_WORDBREAKS == *[:=]* ]] || cut=''

    COMPREPLY=()
    while IFS=$'\t' read -r text _; do
        COMPREPLY+=("${text#"$cut"}")
    done < <("$1" complete -- "${words[@]:1}" "$current" 2>/dev/null)
    [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _plughostctl plughostctl
