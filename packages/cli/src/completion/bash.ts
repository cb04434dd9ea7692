import { allOf, type Node, type Values } from './tree.ts'

/** Completion for bash; needs nothing but bash, and starts no program. */
export function bashCompletion(root: Node): string {
  return `# bash completion for nvmf, made from its command tree: nvmf completion bash

# $1: what commands and options there are behind the words so far.
__nvmf_shape() {
    commands='' options='' valued='' argument=''
    case $1 in
${allOf(root).map(shape).join('\n')}
    esac
}

__nvmf_entries_of() {
    local path
    for path in "$1"/nvme[0-9]*; do
        [[ \${path##*/} =~ ^nvme[0-9]+$ && -e $path ]] && printf '%s\\n' "\${path##*/}"
    done
}

__nvmf_owners() {
    local path owner
    for path in "$1"/run/nvme/registry/nvme[0-9]*/owner; do
        # A file that somebody else wrote may end without a newline, which read takes for failure.
        [[ -f $path && -r $path ]] && { IFS= read -r owner <"$path" || [[ -n $owner ]]; } && printf '%s\\n' "$owner"
    done
}

# $1: what is wanted, $2: how it begins. Every line that fits becomes a word, quoted where it must be. Readline shows
# those that are equal once.
__nvmf_offer() {
    local words word
    case $1 in
    device) words=$(__nvmf_entries_of "$root/sys/class/nvme") ;;
    entry) words=$(__nvmf_entries_of "$root/sys/class/nvme"; __nvmf_entries_of "$root/run/nvme/registry") ;;
    owner) words=$(__nvmf_owners "$root") ;;
    directory) words=$(compgen -d -- "$2") ;;
    *) words=\${1// /$'\\n'} ;;
    esac
    while IFS= read -r word; do
        [[ -n $word && $word == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
    done <<<"$words"
}

_nvmf() {
    local commands options valued argument path=nvmf root='' expects='' kind i word
    local current=\${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    __nvmf_shape "$path"
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        # --root=DIR is three words here.
        [[ $word == '=' ]] && continue
        if [[ -n $expects ]]; then
            [[ $expects == directory ]] && root=\${word%/}
            expects=''
            continue
        fi
        if [[ $word == -* ]]; then
            for kind in $valued; do
                [[ \${kind%%:*} == "$word" ]] && expects=\${kind#*:}
            done
        elif [[ " $commands " == *" $word "* ]]; then
            path="$path $word"
            __nvmf_shape "$path"
        fi
    done
    [[ $current == '=' ]] && current=''
    if [[ -n $expects ]]; then
        [[ $expects == anything ]] || __nvmf_offer "\${expects//,/ }" "$current"
    elif [[ $current == -* ]]; then
        __nvmf_offer "$options" "$current"
    elif [[ -n $commands ]]; then
        __nvmf_offer "$commands" "$current"
    elif [[ -n $argument ]]; then
        __nvmf_offer "$argument" "$current"
    fi
}

complete -F _nvmf nvmf
`
}

function shape({ path, commands, flags, argument }: Node): string {
  const valued = flags.flatMap(({ short, long, value }) =>
    value === undefined
      ? []
      : [short, long].filter(name => name !== undefined).map(name => `${name}:${kind(value.values, ',')}`),
  )
  const parts = [
    commands.length === 0 ? '' : `commands='${commands.map(({ name }) => name).join(' ')}'`,
    `options='${flags.map(({ long }) => long).join(' ')}'`,
    valued.length === 0 ? '' : `valued='${valued.join(' ')}'`,
    argument === undefined ? '' : `argument='${kind(argument.values, ' ')}'`,
  ]
  return `    '${path}')\n${parts
    .filter(part => part !== '')
    .map(part => `        ${part}`)
    .join('\n')}\n        ;;`
}

const kind = (values: Values, separator: string): string =>
  typeof values === 'string' ? values : values.join(separator)
