import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startVirtualHost, type VirtualHost, type VirtualHostOptions } from '../host.ts'
import { PRIVATE, removeIfEmpty } from '../tree/boot.ts'
import { UsageError } from './usage.ts'
import { count } from './verbs.ts'

const OPTIONS = {
  rules: { type: 'string', multiple: true },
  program: { type: 'string', multiple: true },
  'no-modules': { type: 'boolean' },
  cpus: { type: 'string' },
  seqnum: { type: 'string' },
  foreground: { type: 'boolean' },
} as const

/** What the serving process tells the one that started it. */
type Message = { serving: string } | { failed: string }

/** `start DIR`: returns when the host serves; without --foreground a process of its own goes on doing so. */
export async function start(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [dir, ...more] = positionals
  if (dir === undefined || more.length > 0) throw new UsageError('start takes one DIR')
  if (values.foreground !== true) return inBackground(dir, args)
  await serve({
    dir,
    rules: values.rules,
    programs: Object.fromEntries((values.program ?? []).map(programOf)),
    modules: values['no-modules'] !== true,
    ...count('cpus', values.cpus),
    ...count('seqnum', values.seqnum),
  })
}

function programOf(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1 || equals === text.length - 1) throw new UsageError(`--program takes GUEST=HOST, not "${text}"`)
  return [text.slice(0, equals), text.slice(equals + 1)]
}

async function serve(options: VirtualHostOptions): Promise<void> {
  try {
    const host = await startVirtualHost(options)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void host.stop())
    endWithTheDirectory(host)
    tell({ serving: host.root })
  } catch (error) {
    if (process.send === undefined) throw error
    tell({ failed: (error as Error).message })
    process.exitCode = 1
  }
}

/** Whoever removes the directory is done with the host: no server is left behind. */
function endWithTheDirectory(host: VirtualHost): void {
  const directory = join(host.root, PRIVATE)
  watch(directory, () => {
    if (!existsSync(join(directory, 'control'))) void host.stop()
  }).unref()
}

/** To the process that started us, if it did so in the background; then it may go. */
function tell(message: Message): void {
  process.send?.(message, () => process.disconnect())
}

/**
 * The server's own output is kept beside what it serves. Until it serves, nothing in the directory may look like a
 * virtual host: a boot would believe it.
 */
async function inBackground(dir: string, args: readonly string[]): Promise<void> {
  const made = mkdirSync(dir, { recursive: true })
  const log = join(dir, `.starting-${process.pid}.log`)
  const fd = openSync(log, 'wx')
  const entry = process.argv[1] as string
  const child = spawn(process.execPath, [...process.execArgv, entry, 'start', ...args, '--foreground'], {
    detached: true,
    stdio: ['ignore', fd, fd, 'ipc'],
  })
  closeSync(fd)
  try {
    const message = await new Promise<Message>((resolve, reject) => {
      child.once('message', resolve)
      child.once('error', reject)
      child.once('exit', status => reject(new Error(`the server ended with ${status}: ${readFileSync(log, 'utf8')}`)))
    })
    if ('failed' in message) throw new Error(message.failed)
    renameSync(log, join(dir, PRIVATE, 'server.log'))
  } catch (error) {
    rmSync(log)
    if (made !== undefined) removeIfEmpty(dir)
    throw error
  } finally {
    child.removeAllListeners()
    if (child.connected) child.disconnect()
    child.unref()
  }
}
