import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One record as a tool wrote it to /dev/kmsg. */
export interface JournalLine {
  /** Syslog priority with facility, as written: 6 = info, 30 = daemon.info. */
  priority: number
  tag: string
  text: string
}

const RECORD = /^(?:<(\d+)>)?(?:([^\s:]+): )?(.*)$/

/**
 * The lines that tools wrote to DIR/dev/kmsg, a plain file here: `<prio>tag: text`. On a real host they arrive in the
 * journal with their tag; a line without priority has the kernel's default 4 there.
 */
export function readJournal(root: string): JournalLine[] {
  return readFileSync(join(root, 'dev/kmsg'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, priority = '4', tag = '', text = ''] = RECORD.exec(line) ?? []
      return { priority: Number(priority), tag, text }
    })
}
