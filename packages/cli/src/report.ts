import type { ExitCode } from './exit-codes.ts'
import { asFailure, Failure } from './failure.ts'
import { Ended, type Globals } from './globals.ts'
import type { Io } from './io.ts'
import { DIM, painted, RED } from './output/colour.ts'
import { visible } from './output/text.ts'

/** Says on standard error why a command failed, and gives the exit code. A bug is thrown on. */
export function report(error: unknown, argv: readonly string[], io: Pick<Io, 'stderr' | 'colourfulErrors'>): ExitCode {
  if (!(error instanceof Ended)) throw error
  const failure = asFailure(error.error)
  if (!(failure instanceof Failure)) throw failure
  const { code, hint, exit, device, owner, cause } = failure
  const message = withoutSecrets(failure.message)
  const { command } = error
  const globals = error.globals ?? guess(argv)
  if (globals.outputFormat === 'json') {
    io.stderr(`${JSON.stringify({ version: 1, error: { command, code, message, hint, device, owner, exit } })}\n`)
    return exit
  }
  const paint = io.colourfulErrors() ? painted : (text: string) => text
  io.stderr(`${paint('nvmf:', RED)} ${command === '' ? '' : `${command}: `}${visible(message)}\n`)
  if (hint !== undefined) io.stderr(`${paint(`hint: ${visible(hint)}`, DIM)}\n`)
  if ((globals.verbose ?? 0) > 0 && cause instanceof Error)
    io.stderr(`cause: ${visible(withoutSecrets(cause.message))}\n`)
  return exit
}

/**
 * A message may repeat what was typed: a secret behind a misspelled option, or as a word too many. No key has fewer
 * characters than that, and `DHHC-1:00:BASE64:` is how one looks.
 */
const withoutSecrets = (text: string): string => text.replaceAll(/\b(DHHC-1|NVMeTLSkey-1):[\w+/=:]{12,}/g, '$1:…')

/** The output format of a command line that could not be read to its end: the last one that is one. */
function guess(argv: readonly string[]): Globals {
  const formats = argv.flatMap((arg, i) => {
    const [, inside] = /^(?:-v*o|--output-format=)(.+)$/.exec(arg) ?? []
    return /^(?:-v*o|--output-format)$/.test(argv[i - 1] ?? '') ? arg : (inside ?? [])
  })
  return formats.findLast(format => ['json', 'normal'].includes(format)) === 'json' ? { outputFormat: 'json' } : {}
}
