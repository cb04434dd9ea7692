import type { LogLine } from './messages.ts'

/** Where journald takes records (systemd's JOURNAL_NATIVE_PROTOCOL): one datagram each, `NAME=value` lines. */
export const JOURNALD = '/run/systemd/journal/socket'

/** A record of /dev/kmsg holds 976 bytes on every kernel (PRINTKRB_RECORD_MAX before 6.4); a longer one is refused whole. */
const RECORD_CHARACTERS = 240

export const kmsgPath = (root: string): string => `${root === '/' ? '' : root}/dev/kmsg`

/** One record for /dev/kmsg, at most four bytes a character. */
export function kmsgRecord({ priority, text }: Pick<LogLine, 'priority' | 'text'>): string {
  const all = [...`<${priority}>nvmf: ${oneLine(text)}`]
  const cut = all.length <= RECORD_CHARACTERS ? all : [...all.slice(0, RECORD_CHARACTERS - 1), '…']
  return `${cut.join('')}\n`
}

/** One record for journald. */
export const journaldRecord = ({ priority, text, fields }: LogLine): string =>
  Object.entries({ MESSAGE: text, PRIORITY: String(priority), SYSLOG_IDENTIFIER: 'nvmf', ...fields })
    .map(([name, value]) => `${name}=${oneLine(value)}\n`)
    .join('')

/** A newline would begin another field, or line; it can come with a path that the caller chose. */
const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ')
