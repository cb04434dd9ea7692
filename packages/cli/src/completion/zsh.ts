import { allOf, type Flag, type Node, type Values } from './tree.ts'

/** Completion for zsh, in a directory of fpath as `_nvmf`; starts no program. */
export function zshCompletion(root: Node): string {
  return `#compdef nvmf
# zsh completion for nvmf, made from its command tree: nvmf completion zsh

# The host that the command line is about. Behind a subcommand, words has lost what stood before it.
_nvmf_root() {
    local -a typed=(\${(z)BUFFER})
    local -i at=\${typed[(I)--root]}
    if ((at > 0)); then
        print -r -- \${(Q)typed[at + 1]}
    else
        print -r -- \${(Q)\${typed[(r)--root=*]}#--root=}
    fi
}

_nvmf_devices() {
    local root=$(_nvmf_root)
    compadd -- $root/sys/class/nvme/nvme<->(N:t)
}

_nvmf_entries() {
    local root=$(_nvmf_root)
    compadd -- $root/{sys/class/nvme,run/nvme/registry}/nvme<->(N:t)
}

_nvmf_owners() {
    local root=$(_nvmf_root) file owner
    for file in $root/run/nvme/registry/nvme<->/owner(.N); do
        { IFS= read -r owner <$file || [[ -n $owner ]] } && compadd -- $owner
    done
}

${allOf(root).map(definition).join('\n\n')}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _nvmf "$@"
else
    compdef _nvmf nvmf
fi
`
}

const functionOf = (path: string): string => `_${path.replaceAll(/[ -]/g, '_')}`

function definition(node: Node): string {
  const specs = node.flags.map(spec)
  if (node.commands.length === 0) {
    const { argument } = node
    if (argument) specs.push(quoted(`${argument.many ? '*' : '1'}:${argument.name}:${action(argument.values)}`))
    return `${functionOf(node.path)}() {\n    _arguments -s ${block(specs)}\n}`
  }
  const commands = node.commands.map(({ name, help }) => `        ${quoted(`${name}:${help.replaceAll(':', '\\:')}`)}`)
  const cases = node.commands.map(({ name, path }) => `            ${name}) ${functionOf(path)} ;;`)
  return `${functionOf(node.path)}() {
    local context state state_descr line
    typeset -A opt_args
    local -a commands=(
${commands.join('\n')}
    )
    _arguments -s -C ${block([...specs, quoted('1:command:->command'), quoted('*::argument:->argument')])}
    case $state in
    command) _describe -t commands command commands ;;
    argument)
        case $line[1] in
${cases.join('\n')}
        esac
        ;;
    esac
}`
}

const block = (specs: readonly string[]): string => specs.map(one => `\\\n        ${one}`).join(' ')

/** `'(-o --output-format)'{-o,--output-format=}'[how to print]:format:(normal json)'` */
function spec({ short, long, help, value }: Flag): string {
  const told = quoted(
    `[${help.replaceAll(/[[\]]/g, '\\$&')}]${value === undefined ? '' : `:${value.name}:${action(value.values)}`}`,
  )
  const equals = value === undefined ? '' : '='
  if (short === undefined) return `${long}${equals}${told}`
  const plus = value === undefined ? '' : '+'
  return `'(${short} ${long})'{${short}${plus},${long}${equals}}${told}`
}

function action(values: Values): string {
  switch (values) {
    case 'device':
      return '_nvmf_devices'
    case 'entry':
      return '_nvmf_entries'
    case 'owner':
      return '_nvmf_owners'
    case 'directory':
      return '_files -/'
    case 'anything':
      return ' '
    default:
      return `(${values.join(' ')})`
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
