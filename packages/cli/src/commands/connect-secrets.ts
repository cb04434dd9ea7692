import { type ConnectRequest, type OptionKey, optionTable } from '@nvmf/fabrics-connect'
import { usage } from '../failure.ts'
import type { Io } from '../io.ts'

const STDIN = '-'
/** One line that holds any secret there is, many times over. */
const SECRET_BYTES = 4096

/**
 * Reads the secrets that a command line only names: `@FILE` or `-`, standard input. What was written out on the command
 * line is wiped from the process's arguments, where every user can read it; between the start of the process and now it
 * was there, and a shell's history has it still, so that is said.
 *
 * @throws Failure for a file that cannot be read or has more than a line
 */
export async function withSecrets(
  request: ConnectRequest,
  io: Pick<Io, 'readSecret' | 'hideArguments'>,
): Promise<{ request: ConnectRequest; warnings: string[] }> {
  const read = new Map<OptionKey, string>()
  const warnings: string[] = []
  const onStdin = optionTable.filter(({ key, secret }) => secret && request[key] === STDIN)
  if (onStdin.length > 1)
    throw usage(`${onStdin.map(({ long }) => `--${long}`).join(' and ')}: standard input has one secret`)
  for (const { key, secret, long = key } of optionTable) {
    const given = request[key]
    if (!secret || typeof given !== 'string') continue
    // An empty variable ("$SECRET") would connect without what was asked for.
    if (given === '') throw usage(`--${long}: there is nothing in it`)
    if (given !== STDIN && !given.startsWith('@')) {
      io.hideArguments()
      warnings.push(`--${long} was on the command line, where others can read it; @FILE or - keeps it to yourself`)
      continue
    }
    const { text, exposed } = contentOf(given, long, io)
    read.set(key, oneLine(text, long))
    if (exposed) warnings.push(`${given.slice(1)} can be read by everybody (chmod 600)`)
  }
  return { request: { ...request, ...(Object.fromEntries(read) as Partial<ConnectRequest>) }, warnings }
}

function contentOf(given: string, long: string, io: Pick<Io, 'readSecret'>): { text: string; exposed: boolean } {
  const path = given === STDIN ? undefined : given.slice(1)
  try {
    return io.readSecret(path, SECRET_BYTES + 1)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code !== 'string') throw error
    throw usage(`--${long}: ${path === undefined ? 'standard input' : JSON.stringify(path)} cannot be read (${code})`)
  }
}

/** The text is not repeated: if it is no secret, it may be somebody's other file. */
function oneLine(text: string, long: string): string {
  const line = text.replace(/\r?\n$/, '')
  if (line === '') throw usage(`--${long}: there is nothing in it`)
  if (text.length > SECRET_BYTES || /[\r\n]/.test(line)) throw usage(`--${long}: must be one line of a secret`)
  return line
}
