const SECRET = /^DHHC-1:(0[0-3]):([A-Za-z0-9+/]+={0,2}):?$/
/** Bytes of key that each hash takes; 00 is a key as it is, of any of these lengths. */
const KEY_BYTES: Readonly<Record<string, readonly number[]>> = {
  '00': [32, 48, 64],
  '01': [32],
  '02': [48],
  '03': [64],
}
const CRC_BYTES = 4

/**
 * Why a text cannot be a DH-HMAC-CHAP secret, or undefined: `DHHC-1:HASH:BASE64:`, the key followed by its CRC-32, least
 * byte first (NVMe base specification 8.3.5.5.7). The kernel takes the string and finds out at the first
 * authentication only (nvme_auth_extract_key() in drivers/nvme/common/auth.c), by then with an error about the target.
 * The answer never repeats any of the text.
 */
export function whyNoSecret(text: string): string | undefined {
  const [, hash = '', encoded = ''] = SECRET.exec(text) ?? []
  if (encoded === '') return 'is not a DHHC-1 secret (DHHC-1:00:BASE64:)'
  const bytes = decode(encoded)
  if (bytes === undefined) return 'is not a DHHC-1 secret: its base64 is damaged'
  const key = bytes.slice(0, -CRC_BYTES)
  if (!(KEY_BYTES[hash] ?? []).includes(key.length))
    return `is not a DHHC-1 secret: a key of the wrong length for ${hash}`
  const crc = bytes.slice(-CRC_BYTES).reduceRight((value, byte) => value * 256 + byte, 0)
  return crc === crc32(key) ? undefined : 'is not a DHHC-1 secret: its checksum is wrong, so it was mistyped or cut'
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with its padding; undefined for what no encoder writes. */
function decode(encoded: string): number[] | undefined {
  const digits = encoded.replace(/=+$/, '')
  if (encoded.length % 4 !== 0 || digits.length % 4 === 1) return undefined
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const digit of digits) {
    bits = ((bits << 6) | ALPHABET.indexOf(digit)) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes.push((bits >> held) & 0xff)
  }
  return bytes
}

/** CRC-32 of IEEE 802.3, as zlib's crc32(). */
export function crc32(bytes: readonly number[]): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
