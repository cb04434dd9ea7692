import { parseArgs } from 'node:util'
import { callHost } from '../control/client.ts'
import { VirtualHostError } from '../errors.ts'
import { printed } from './print.ts'
import { start } from './start.ts'
import { USAGE, UsageError } from './usage.ts'
import { VERBS } from './verbs.ts'

/** Runs one command line. Exit status: 0 done, 1 failed, 2 bad use; the reason is one line on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const first = argv[0]
    if (first === undefined) throw new UsageError('no verb; see --help')
    if (first === '--help' || first === '-h') process.stdout.write(USAGE)
    else if (first === 'start') await start(argv.slice(1))
    else await control(argv)
    return Number(process.exitCode ?? 0)
  } catch (error) {
    process.stderr.write(`nvmf-virtual-host: ${(error as Error).message.trimEnd().replaceAll('\n', ' ')}\n`)
    return isBadUse(error) ? 2 : 1
  }
}

async function control(argv: readonly string[]): Promise<void> {
  const words = Object.hasOwn(VERBS, argv[0] ?? '') ? 1 : 2
  const name = argv.slice(0, words).join(' ')
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) throw new UsageError(`no verb "${name}"; see --help`)
  const { values, positionals } = parseArgs({
    args: argv.slice(words),
    options: verb.options,
    allowPositionals: true,
  })
  const [dir, ...operands] = positionals
  if (dir === undefined || operands.length !== verb.operands.length) {
    throw new UsageError(`usage: ${[name, 'DIR', ...verb.operands.map(each => each.toUpperCase())].join(' ')}`)
  }
  const named = Object.fromEntries(verb.operands.map((operand, at) => [operand, operands[at]]))
  const value = await callHost(dir, verb.command, { ...named, ...verb.args?.(values) })
  const lines = values.json === true ? [JSON.stringify(value, null, 2)] : printed(verb.command, value)
  for (const line of lines) process.stdout.write(`${line}\n`)
}

function isBadUse(error: unknown): boolean {
  if (error instanceof UsageError) return true
  if (error instanceof VirtualHostError) return error.code === 'usage'
  return String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')
}
