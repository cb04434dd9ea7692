/**
 * UTF-8 in both directions with nothing but ECMAScript: QuickJS has no TextDecoder, and its own conversions replace what
 * does not decode, where a damaged value must be noticed.
 */

/** @returns the text, or undefined for bytes that are not well-formed UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let escaped = ''
  let plain = true
  for (const byte of bytes) {
    if (byte < 0x80 && byte !== 0x25) escaped += String.fromCharCode(byte)
    else {
      plain = false
      escaped += `%${byte < 16 ? '0' : ''}${byte.toString(16)}`
    }
  }
  if (plain) return escaped
  try {
    return decodeURIComponent(escaped)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** @throws URIError for a lone surrogate, which has no UTF-8 */
export function encodeUtf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text)
  const bytes: number[] = []
  for (let i = 0; i < escaped.length; i++) {
    if (escaped[i] === '%') {
      bytes.push(Number.parseInt(escaped.slice(i + 1, i + 3), 16))
      i += 2
    } else bytes.push(escaped.charCodeAt(i))
  }
  return Uint8Array.from(bytes)
}
