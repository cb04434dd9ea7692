import { Command, CommanderError } from 'commander'
import { addCommands } from './commands/commands.ts'
import { COMMANDS, wordsOf } from './commands/index.ts'
import { Context } from './context.ts'
import { EXIT, EXIT_MEANING, type ExitCode } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { Ended, globalsOf, pathOf, withGlobals } from './globals.ts'
import type { Io } from './io.ts'
import { report } from './report.ts'
import { version } from './version.ts'

/** What a command does with its own options and its arguments; it returns how the run ends. */
export type Handler<Options> = (context: Context, options: Options, args: string[]) => ExitCode | Promise<ExitCode>

/** Gives a command its handler and the options that all commands share. */
export type Act = <Options extends object>(command: Command, handler: Handler<Options>) => void

const VERSION = '--version'

/** Runs one command line; everything that goes wrong is reported and becomes an exit code. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok
  const act: Act = (command, handler) => {
    withGlobals(command).action(async () => {
      const globals = globalsOf(command, io)
      try {
        const context = new Context(io, pathOf(command), globals)
        try {
          exit = await handler(context, command.opts<Parameters<typeof handler>[1]>(), command.args)
        } finally {
          await context.close()
        }
      } catch (error) {
        throw new Ended(pathOf(command), error, globals)
      }
    })
  }
  try {
    const words = helpInPlace(argv)
    const nvmf = await program(act, io, words)
    await nvmf.parseAsync([...words], { from: 'user' })
    return exit
  } catch (error) {
    // Help and version were asked for and are printed.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // What is printed outside of a command is help.
    return report(error instanceof Failure ? new Ended('', error) : error, argv, io)
  }
}

/**
 * `help registry list` as `registry help list`: each level of the tree knows what is below it, and no more. Help about help
 * is help.
 */
function helpInPlace(argv: readonly string[]): readonly string[] {
  const [help, ...words] = argv
  const last = words.pop()
  if (help !== 'help' || last === undefined) return argv
  if (['help', '-h', '--help'].includes(last)) return helpInPlace([help, ...words])
  return argv.some(word => word.startsWith('-')) ? argv : [...words, help, last]
}

/**
 * The command tree. Help, man pages and completions come from walking it.
 * @param argv builds only what this command line needs
 */
export async function program(act: Act, io: Pick<Io, 'stdout'>, argv: readonly string[] = []): Promise<Command> {
  const nvmf = new Command('nvmf')
    .description('connect and disconnect NVMe-oF controllers on a host that several orchestrators share')
    .version(version, VERSION, 'print the version')
    .enablePositionalOptions()
    .configureOutput({ writeOut: text => io.stdout(text), writeErr: () => {} })
  withGlobals(nvmf)
  nvmf.addHelpText('after', exitCodes)
  if (argv[0] !== VERSION) await addCommands(nvmf, COMMANDS, act, wordsOf(argv))
  return nvmf
}

const exitCodes = (): string =>
  ['', 'Exit codes:', ...Object.entries(EXIT_MEANING).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)].join(
    '\n',
  )
