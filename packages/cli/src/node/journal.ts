import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs'
import { below } from '@nvmf/controllers'
import type { JournalRecord } from '../io.ts'
import { load } from './load.ts'

const JOURNALD = '/run/systemd/journal/socket'
const LOGGER = '/usr/bin/logger'
/** journald answers nobody, so only a machine that is in trouble takes longer; what was done is done. */
const PATIENCE_MS = 2000

/**
 * Adds a record to the journal: with its fields where there is a journald, else its line to the kernel's log.
 * docs/decisions/0006-records-in-the-journal.md has the reasons.
 */
export function journal(root: string, record: JournalRecord, crowd: boolean): void {
  // A virtual host has no journald; the machine's own is not its journal. A program for each of a crowd takes too long.
  if (below(root, '/') === '/' && !crowd && existsSync(JOURNALD) && toJournald(record)) return
  toKernelLog(below(root, '/dev/kmsg'), record.text)
}

/** journald's own socket takes datagrams, which Node cannot send; util-linux's logger can. True: it has it. */
function toJournald({ text, fields }: JournalRecord): boolean {
  const all = { MESSAGE: text, PRIORITY: '6', SYSLOG_IDENTIFIER: 'nvmf', SYSLOG_PID: String(process.pid), ...fields }
  const input = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
  const { spawnSync } = load.childProcess()
  const { status } = spawnSync(LOGGER, ['--journald'], {
    input: input.join(''),
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: PATIENCE_MS,
    env: {},
  })
  return status === 0
}

/** journald takes `<6>nvmf: text` in the kernel's log apart into priority, identifier and message. One write is one line. */
function toKernelLog(path: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOFOLLOW } = constants
  let fd: number | undefined
  try {
    fd = openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW)
    writeSync(fd, `<6>nvmf: ${text}\n`)
  } catch {
    // A host without a kernel log, or a user who may not write it: what was done is done, and the caller was told.
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
