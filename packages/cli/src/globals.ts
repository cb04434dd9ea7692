import { type Command, type CommanderError, Option } from 'commander'
import { type Failure, usage } from './failure.ts'
import type { Io } from './io.ts'

/** The options that every command takes, before or after its name. */
export interface Globals {
  readonly root?: string
  readonly outputFormat?: 'normal' | 'json'
  /** How often -v was given. */
  readonly verbose?: number
  /** Of the commands that have it: {@link withQuiet}. */
  readonly quiet?: boolean
}

/** An error and the command that it ended, which neither commander's errors nor the libraries' know. */
export class Ended extends Error {
  /** `registry update`; empty for `nvmf` itself. */
  readonly command: string
  readonly error: unknown
  /** Undefined if the command line could not be read so far. */
  readonly globals: Globals | undefined

  constructor(command: string, error: unknown, globals?: Globals) {
    super(command)
    this.command = command
    this.error = error
    this.globals = globals
  }
}

/** Adds the common options to a command, and makes its usage errors ours. */
export function withGlobals(command: Command): Command {
  common ??= commonOptions()
  for (const option of common) command.addOption(option)
  return command.exitOverride(error => {
    throw error.exitCode === 0 ? error : new Ended(pathOf(command), usageOf(command, error))
  })
}

/** The same for all commands, since a command keeps what it was given elsewhere. */
let common: readonly Option[] | undefined

const commonOptions = (): readonly Option[] => [
  new Option('--root <dir>', "where the host's file system begins (default: /)"),
  new Option('-o, --output-format <format>', 'how to print').choices(['normal', 'json']),
  new Option('-v, --verbose', 'say more').argParser((_, times: number | undefined) => (times ?? 0) + 1),
]

/** For commands whose result is what they do, and not what they print. */
export const withQuiet = (command: Command): Command =>
  command.option('--quiet', 'print nothing but errors and warnings')

/** The nearest to the command wins: `nvmf --root A list --root B` is about B; `-v` adds up. @throws Ended for an unusable root */
export function globalsOf(command: Command, io: Pick<Io, 'isDirectory'>): Globals {
  const levels: Command[] = []
  for (let level: Command | null = command; level !== null; level = level.parent) levels.unshift(level)
  const given = levels.map(level => level.opts<Globals>())
  const verbose = given.reduce((sum, level) => sum + (level.verbose ?? 0), 0)
  const globals: Globals = { ...Object.assign({}, ...given), verbose }
  if (globals.root !== undefined && !io.isDirectory(globals.root)) {
    throw new Ended(pathOf(command), usage(`--root: ${JSON.stringify(globals.root)} is not a directory`), globals)
  }
  return globals
}

/** `registry update`; empty for `nvmf` itself. */
export function pathOf(command: Command): string {
  if (command.parent === null) return ''
  const parent = pathOf(command.parent)
  return parent === '' ? command.name() : `${parent} ${command.name()}`
}

function usageOf(command: Command, { code, message }: CommanderError): Failure {
  const help = `${['nvmf', pathOf(command), '--help'].filter(part => part !== '').join(' ')} shows how`
  if (code === 'commander.help') {
    const [word, wanted] = command.args
    return usage(word === 'help' && wanted !== undefined ? `unknown command '${wanted}'` : 'a command is needed', help)
  }
  if (code === 'commander.excessArguments') {
    const [first] = command.args.slice(command.registeredArguments.length)
    return usage(`unexpected argument ${JSON.stringify(first)}`, help)
  }
  const [why = message, suggestion] = message.replace(/^error: /, '').split('\n')
  return usage(why, suggestion?.replace(/^\((.*)\)$/, '$1') ?? help)
}
