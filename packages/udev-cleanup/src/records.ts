import type { LogLine } from './messages.ts'

/** Where journald takes records (systemd's JOURNAL_NATIVE_PROTOCOL): one datagram each, `NAME=value` lines. */
export const JOURNALD = '/run/systemd/journal/socket'

/** A record of /dev/kmsg holds 976 bytes on every kernel (PRINTKRB_RECORD_MAX before 6.4); a longer one is refused whole. */
const RECORD_BYTES = 976

export const kmsgPath = (root: string): string => `${root === '/' ? '' : root}/dev/kmsg`

/** One record for /dev/kmsg. */
export const kmsgRecord = ({ priority, text }: Pick<LogLine, 'text'> & { readonly priority: number }): string =>
  `${cut(`<${priority}>nvmf: ${oneLine(text)}`, RECORD_BYTES - 1)}\n`

/** One record for journald. */
export const journaldRecord = ({ priority, text, fields }: LogLine): string =>
  Object.entries({ MESSAGE: text, PRIORITY: String(priority), SYSLOG_IDENTIFIER: 'nvmf', ...fields })
    .map(([name, value]) => `${name}=${oneLine(value)}\n`)
    .join('')

/** A newline would begin another field, or line; it can come with a path that the caller chose. */
const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

const MARK = '…'

/** As much of a text as has so many bytes of UTF-8, and a mark if that is not all. */
function cut(text: string, bytes: number): string {
  const all = [...text]
  let used = 0
  let fits = 0
  for (const [nth, character] of all.entries()) {
    used += bytesOf(character)
    if (used > bytes) return `${all.slice(0, fits).join('')}${MARK}`
    if (used <= bytes - bytesOf(MARK)) fits = nth + 1
  }
  return text
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0) as number
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}
