import type { SpawnOptionsWithStdioTuple } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { JournalRecord } from '../io.ts'
import { load } from './load.ts'

/** journald answers nobody, and the helper gives it up sooner than this: only a machine in trouble takes longer. */
export const PATIENCE_MS = 5000

/**
 * They need nothing of this process, and nobody reads what they say. In a session of their own Ctrl-C does not reach them:
 * what was done is told.
 */
export const APART: SpawnOptionsWithStdioTuple<'pipe', 'ignore', 'ignore'> = {
  env: {},
  cwd: '/',
  detached: true,
  stdio: ['pipe', 'ignore', 'ignore'],
}

/** A record as journald takes it. */
export const recordLines = ({ text, fields }: JournalRecord): string =>
  Object.entries({
    MESSAGE: text,
    PRIORITY: '6',
    SYSLOG_IDENTIFIER: 'nvmf',
    SYSLOG_PID: String(process.pid),
    ...fields,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

/** Has a program tell journald one record, and waits for it. True: it has. */
export function toldBy(program: string, option: '--journal' | '--journald', input: string): boolean {
  const { spawnSync } = load.childProcess()
  // The helper ignores what would interrupt it.
  const { status } = spawnSync(program, [option], { ...APART, input, timeout: PATIENCE_MS, killSignal: 'SIGKILL' })
  return status === 0
}

/** journald takes `<6>nvmf: text` in the kernel's log apart into priority, identifier and message. One write is one line. */
export function toKernelLog(path: () => string, text: string): void {
  const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOFOLLOW } = constants
  let fd: number | undefined
  try {
    fd = openSync(path(), O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW)
    writeSync(fd, `<6>nvmf: ${text}\n`)
  } catch {
    // A host without a kernel log, one that is not below the root, or a user who may not write it: what was done is done, and the caller was told.
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
