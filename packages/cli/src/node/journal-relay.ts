import type { ChildProcessByStdio } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { JournalRecord } from '../io.ts'
import { APART, PATIENCE_MS, recordLines } from './journal-ways.ts'
import { load } from './load.ts'

/** The helper, while it passes on what it is told. */
export interface Relay {
  /** False: it does not listen any more. */
  add(record: JournalRecord): boolean
  /**
   * Waits until the helper has told everything, within bounds.
   *
   * @returns the records that it may not have told. None, if it ended well. All, if it did not: better twice than not at all.
   * If it is not done in time it goes on alone, and these are those that did not get to it.
   */
  close(): Promise<readonly JournalRecord[]>
}

/**
 * Starts the helper. What is given to it is on its way at once, while its socket has room, and stays on its way when this
 * process is killed: the helper reads until the end.
 *
 * @returns undefined if it cannot be started
 */
export function startRelay(helper: string, patienceMs = PATIENCE_MS): Relay | undefined {
  const child = started(helper)
  if (child === undefined) return undefined
  const { stdin } = child
  const given: JournalRecord[] = []
  let taken = 0
  let listens = true
  const gone = (): void => void (listens = false)
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  child.once('exit', gone)
  // EPIPE. What became of the helper its exit tells.
  stdin.on('error', gone)
  return {
    add: record => {
      if (!listens) return false
      given.push(record)
      stdin.write(`${recordLines(record)}\n`, error => {
        if (!error) taken++
      })
      return true
    },
    close: async () => {
      stdin.end()
      const code = await within(patienceMs, ended)
      if (code === 0) return []
      if (code !== 'late') return given
      child.unref()
      stdin.destroy()
      return given.slice(taken)
    },
  }
}

function started(helper: string): ChildProcessByStdio<Writable, null, null> | undefined {
  try {
    const child = load.childProcess().spawn(helper, ['--journal'], APART)
    // It is told twice: here it is not there, and an event says why.
    child.on('error', () => {})
    return child.pid === undefined ? undefined : child
  } catch {
    // Of another architecture, or being replaced at this moment.
    return undefined
  }
}

function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
