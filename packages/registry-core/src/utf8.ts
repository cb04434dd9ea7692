/**
 * UTF-8 in both directions with nothing but ECMAScript: QuickJS has no TextDecoder, and its own conversions replace what
 * does not decode, where a damaged value must be noticed. For values: a few kilobytes at most.
 */

/** @returns the text, or undefined for bytes that are not well-formed UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  if (isAscii(bytes)) return String.fromCharCode.apply(null, bytes as unknown as number[])
  let escaped = ''
  for (const byte of bytes) {
    if (byte < 0x80 && byte !== 0x25) escaped += String.fromCharCode(byte)
    // Two digits: neither the percent sign nor anything from 0x80 on has only one.
    else escaped += `%${byte.toString(16)}`
  }
  try {
    return decodeURIComponent(escaped)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** @throws URIError for a lone surrogate, which has no UTF-8 */
export function encodeUtf8(text: string): Uint8Array {
  const octets = ASCII.test(text) ? text : encodeURIComponent(text).replace(/%(..)/g, octet)
  const bytes = new Uint8Array(octets.length)
  for (let i = 0; i < octets.length; i++) bytes[i] = octets.charCodeAt(i)
  return bytes
}

/** Nearly everything is, and a thousand entries have thousands of values: an index is three times as fast as an iterator. */
function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false
  return true
}

// oxlint-disable-next-line no-control-regex -- all of ASCII begins with them
const ASCII = /^[\u0000-\u007f]*$/

const octet = (_escape: string, hex: string): string => String.fromCharCode(Number.parseInt(hex, 16))
