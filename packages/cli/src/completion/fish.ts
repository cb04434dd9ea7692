import { allOf, type Flag, type Node, type Values } from './tree.ts'

/** Completion for fish; starts no program. */
export function fishCompletion(root: Node): string {
  const nodes = allOf(root)
  return `# fish completion for nvmf, made from its command tree: nvmf completion fish

# The command that the words so far name, without "nvmf": "registry list".
function __nvmf_path
    set -l words (commandline -opc)
    set -l path
    set -l skip 0
    for word in $words[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${[...new Set(nodes.flatMap(valued))].join(' ')}
            set skip 1
        else if not string match -q -- '-*' $word
            set -a path $word
        end
    end
    echo "$path"
end

# True behind this command, whatever arguments it has.
function __nvmf_in
    string match -q -- "$argv[1] *" (__nvmf_path)" "
end

# True behind exactly this command: another word may be a command.
function __nvmf_at
    test (__nvmf_path) = "$argv[1]"
end

function __nvmf_root
    set -l words (commandline -opc)
    set -l at (contains -i -- --root $words); and echo $words[(math $at + 1)]
    string replace -f -r '^--root=' '' -- $words
end

function __nvmf_devices
    set -l root (__nvmf_root)
    set -l paths $root/sys/class/nvme/nvme*
    __nvmf_names $paths
end

function __nvmf_entries
    set -l root (__nvmf_root)
    set -l paths $root/sys/class/nvme/nvme* $root/run/nvme/registry/nvme*
    __nvmf_names $paths
end

function __nvmf_names
    string replace -r '.*/' '' -- $argv | string match -r '^nvme[0-9]+$' | sort -u
end

function __nvmf_owners
    set -l root (__nvmf_root)
    for file in $root/run/nvme/registry/nvme*/owner
        test -f $file; and test -r $file; and read -l owner <$file; and printf '%s\\n' $owner
    end | sort -u
end

complete -c nvmf -f
${nodes.flatMap(lines).join('\n')}
`
}

const valued = ({ flags }: Node): string[] =>
  flags.flatMap(({ short, long, value }) =>
    value === undefined ? [] : [short, long].filter(name => name !== undefined),
  )

function lines(node: Node): string[] {
  const behind = node.path.split(' ').slice(1).join(' ')
  // The arguments of a command follow it; those of a group are commands, and have options of their own.
  const where = ` -n '__nvmf_${node.commands.length > 0 ? 'at' : 'in'} "${behind}"'`
  return [
    ...node.commands.map(
      ({ name, help }) => `complete -c nvmf -n '__nvmf_at "${behind}"' -a ${name} -d ${quoted(help)}`,
    ),
    ...(node.argument === undefined
      ? []
      : [`complete -c nvmf${where} -a ${words(node.argument.values)} -d ${quoted(node.argument.name)}`]),
    ...node.flags.map(flag => line(flag, where)),
  ]
}

function line({ short, long, help, value }: Flag, where: string): string {
  const names = `${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`
  const wants = value === undefined ? '' : ` -x${value.values === 'anything' ? '' : ` -a ${words(value.values)}`}`
  return `complete -c nvmf${where}${names}${wants} -d ${quoted(help)}`
}

const LIVE = {
  device: "'(__nvmf_devices)'",
  entry: "'(__nvmf_entries)'",
  owner: "'(__nvmf_owners)'",
  directory: "'(__fish_complete_directories)'",
  anything: "''",
} as const

const words = (values: Values): string => (typeof values === 'string' ? LIVE[values] : quoted(values.join(' ')))

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
