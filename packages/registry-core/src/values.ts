import { RegistryError } from './errors.ts'
import { OWNER } from './layout.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Bytes of a value without its newline. libnvme has no bound; a reader needs one. */
export const MAX_VALUE_BYTES = 4096

/** How much of a file tells a good value from an oversized one: the value, its newline, and one byte more. */
export const READ_LIMIT = MAX_VALUE_BYTES + 2

/** Control characters, line and paragraph separators, and the marks that reorder a terminal's text. */
// oxlint-disable-next-line no-control-regex -- these are the characters that it looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/** What a file's bytes say. */
export type Parsed = { readonly value: string } | { readonly damage: string }

/**
 * A value as it stands in a file: one line, its newline optional (libnvme strips it too).
 * An empty file is damage, not "no value": no writer makes one, so something was lost.
 */
export function parseValue(bytes: Uint8Array): Parsed {
  const newline = bytes[bytes.length - 1] === 0x0a ? 1 : 0
  if (bytes.length - newline > MAX_VALUE_BYTES) return { damage: `longer than ${MAX_VALUE_BYTES} bytes` }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { damage: 'not UTF-8' }
  const value = text.slice(0, text.length - newline)
  const flaw = flawOf(value)
  return flaw === undefined ? { value } : { damage: flaw }
}

/** @throws `bad-value`, naming what it was for */
export function formatValue(what: string, value: string): Uint8Array {
  const flaw = flawOf(value)
  if (flaw !== undefined) throw new RegistryError('bad-value', `${what}: the value is ${flaw}`)
  let bytes: Uint8Array
  try {
    bytes = encodeUtf8(`${value}\n`)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new RegistryError('bad-value', `${what}: the value is not UTF-8`, { cause: error })
  }
  if (bytes.length > MAX_VALUE_BYTES + 1) {
    throw new RegistryError('bad-value', `${what}: the value is longer than ${MAX_VALUE_BYTES} bytes`)
  }
  return bytes
}

/**
 * An owner's name as people give it, if there can be such an owner.
 * @throws `bad-value`
 */
export function parseOwner(text: string): string {
  formatValue(OWNER, text)
  return text
}

function flawOf(text: string): string | undefined {
  if (text === '') return 'empty'
  if (text.includes('\n')) return 'more than one line'
  if (UNPRINTABLE.test(text)) return 'not printable'
  return undefined
}
