import { decodeUtf8 } from '@nvmf/registry-core/protocol'

/** More than a datagram to journald may have where nobody raised net.core.wmem_default. */
export const MOST_BYTES = 262_144

const NEWLINE = 0x0a
const EQUALS = 0x3d

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

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/
const INFO = 6

/**
 * The line of a record, for people. Names are those that journald takes from anybody: one that begins with `_` is its own.
 *
 * @throws InputError for a line that is no field, and for a record that has nothing to say
 */
export function lineOf(lines: Uint8Array): Line {
  let priority = INFO
  let text: string | undefined
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start)
    const equals = lines.indexOf(EQUALS, start)
    const name = ascii(lines.subarray(start, equals < 0 || equals > end ? end : equals))
    if (equals < 0 || equals > end || !NAME.test(name)) throw new InputError(`${shown(name)} is not NAME=value`)
    const value = lines.subarray(equals + 1, end)
    if (name === 'MESSAGE') text = textOf(value)
    if (name === 'PRIORITY' && value.length === 1 && /^[0-7]$/.test(ascii(value))) priority = Number(ascii(value))
    start = end + 1
  }
  if (text === undefined) throw new InputError('it has no MESSAGE')
  return { priority, text }
}

/** The lines that are whole. */
export const wholeLines = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)

/** More than a record of the kernel's log holds. */
const LONGEST_TEXT = 1024

function textOf(value: Uint8Array): string {
  let end = Math.min(value.length, LONGEST_TEXT)
  // Not through a character.
  while (end < value.length && ((value[end] as number) & 0xc0) === 0x80) end--
  return decodeUtf8(value.subarray(0, end)) ?? ascii(value.subarray(0, end))
}

/** What is not ASCII becomes a question mark. */
const ascii = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.subarray(0, LONGEST_TEXT).map(byte => (byte < 0x80 ? byte : 0x3f)))

/** Enough to find it by, and nothing that a terminal would obey. */
const shown = (text: string): string => `"${text.slice(0, 40).replace(/\p{Cc}/gu, '?')}"`

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
