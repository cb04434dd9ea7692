import { TRANSPORTS } from '@nvmf/fabrics-connect'
import type { Command, Option } from 'commander'

/** What may stand in a place of a command line; a list: these words. */
export type Values = 'device' | 'entry' | 'owner' | 'directory' | 'anything' | readonly string[]

export interface Flag {
  /** `-o`, if there is one. */
  readonly short: string | undefined
  /** `--output-format` */
  readonly long: string
  /** One line. */
  readonly help: string
  /** What follows it, with the name that the help gives it; undefined: it stands alone. */
  readonly value: { readonly name: string; readonly values: Values } | undefined
}

/** A command as shells complete it: plain data from the command tree. */
export interface Node {
  /** `nvmf registry list` */
  readonly path: string
  readonly name: string
  readonly help: string
  readonly flags: readonly Flag[]
  /** What its arguments are; undefined: it takes none. */
  readonly argument: { readonly name: string; readonly values: Values; readonly many: boolean } | undefined
  readonly commands: readonly Node[]
}

/** The command tree without what is hidden. */
export function treeOf(command: Command, parents: readonly string[] = []): Node {
  const path = [...parents, command.name()]
  const [argument] = command.registeredArguments
  const help = command.createHelp()
  return {
    path: path.join(' '),
    name: command.name(),
    help: command.description(),
    flags: help.visibleOptions(command).map(option => flagOf(option)),
    argument: argument && {
      name: argument.name(),
      values: argument.argChoices ?? (path.includes('registry') ? 'entry' : 'device'),
      many: argument.variadic,
    },
    // commander's own "help" is no command of ours.
    commands: command.commands.map(child => treeOf(child, path)),
  }
}

/** Every command of a tree, the outermost first. */
export const allOf = (node: Node): Node[] => [node, ...node.commands.flatMap(allOf)]

function flagOf(option: Option): Flag {
  const long = option.long ?? option.short ?? ''
  const name = /[<[](.*?)(?:\.\.\.)?[>\]]/.exec(option.flags)?.[1]
  return {
    short: option.short === long ? undefined : option.short,
    long,
    help: option.description,
    value: name === undefined ? undefined : { name, values: option.argChoices ?? VALUES[long] ?? 'anything' },
  }
}

/** The options whose values a shell can know. */
const VALUES: Readonly<Record<string, Values>> = {
  '--root': 'directory',
  '--owner': 'owner',
  '--device': 'device',
  '--transport': TRANSPORTS,
}
