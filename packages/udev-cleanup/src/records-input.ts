import { decodeUtf8 } from '@nvmf/registry-core/protocol'

/** More than a datagram to journald may have where nobody raised net.core.wmem_default. */
export const MOST_BYTES = 262_144

const NEWLINE = 0x0a

/** Some bytes of the input that are one record, or what there is of it. */
export interface Piece {
  /** The lines, a newline behind each. */
  readonly bytes: Uint8Array
  /** False: the input ended before the empty line, and the last line may be half of one. */
  readonly whole: boolean
}

/**
 * Records as they come in: `NAME=value` lines, and an empty one behind each record.
 *
 * @param read the next bytes, none at the end
 * @throws InputError for a record of more than {@link MOST_BYTES}
 */
export function* piecesOf(read: () => Uint8Array): Generator<Piece> {
  let rest = new Uint8Array(0)
  for (let bytes = read(); bytes.length > 0; bytes = read()) {
    const all = joined(rest, bytes)
    let record = 0
    let line = 0
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, line)) {
      if (end === line) {
        if (line > record) yield { bytes: all.slice(record, line), whole: true }
        record = end + 1
      }
      line = end + 1
    }
    rest = all.slice(record)
    if (rest.length > MOST_BYTES) throw new InputError(`it has more than ${MOST_BYTES} bytes`)
  }
  if (rest.length > 0) yield { bytes: rest, whole: false }
}

/** Standard input is not what it should be. */
export class InputError extends Error {}

/** What is needed of a record where its fields cannot go. */
export interface Line {
  /** A digit, as syslog(3) has it. */
  readonly priority: number
  readonly text: string
}

const FIELD = /^[A-Z][A-Z0-9_]{0,63}=/
const MESSAGE = 'MESSAGE='
const PRIORITY = /^PRIORITY=([0-7])$/
const INFO = 6

/**
 * The line of a record, for people. Names are those that journald takes from anybody: one that begins with `_` is its own.
 *
 * @throws InputError for a line that is no field, and for a record that has nothing to say
 */
export function lineOf(lines: Uint8Array): Line {
  let priority = INFO
  let text: string | undefined
  for (const field of octets(lines).split('\n').slice(0, -1)) {
    if (!FIELD.test(field)) throw new InputError(`${shown(field)} is not a field (NAME=value, in capitals)`)
    if (field.startsWith(MESSAGE)) text = textOf(field.slice(MESSAGE.length))
    else priority = Number(PRIORITY.exec(field)?.[1] ?? priority)
  }
  if (text === undefined) throw new InputError('it has no MESSAGE')
  return { priority, text }
}

/** The lines that are whole. */
export const wholeLines = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)

/** A character for each byte. With `apply`: to spread an array costs the interpreter twenty times as much. */
function octets(bytes: Uint8Array): string {
  let all = ''
  for (let at = 0; at < bytes.length; at += MOST_ARGUMENTS)
    all += String.fromCharCode.apply(null, bytes.subarray(at, at + MOST_ARGUMENTS) as unknown as number[])
  return all
}

const MOST_ARGUMENTS = 4096

/** More than a record of the kernel's log holds. */
const LONGEST_TEXT = 1024

const CONTINUATION = /[\u0080-\u00bf]/

function textOf(value: string): string {
  let end = LONGEST_TEXT
  // Not through a character.
  while (CONTINUATION.test(value.charAt(end))) end--
  const cut = value.slice(0, end)
  if (!NOT_PLAIN.test(cut)) return cut
  return decodeUtf8(Uint8Array.from(cut, octet => octet.charCodeAt(0))) ?? plain(cut)
}

const NOT_PLAIN = /[^ -~]/

/** What is not ASCII, or what a terminal would obey, becomes a question mark. */
const plain = (text: string): string => text.replace(/[^ -~]/g, '?')

/** Enough to find it by. */
const shown = (field: string): string => `"${plain(field.slice(0, 40))}"`

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
