import { crc32 as zlibCrc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32, whyNoSecret } from '../src/secret.ts'
import { SECRET } from './fakes.ts'

const encoded = (key: Uint8Array, hash = '00'): string => {
  const crc = Buffer.alloc(4)
  crc.writeUInt32LE(zlibCrc32(key))
  return `DHHC-1:${hash}:${Buffer.concat([key, crc]).toString('base64')}:`
}
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

describe('a DHHC-1 secret', () => {
  test.each([SECRET, SECRET.slice(0, -1)])('%s', secret => expect(whyNoSecret(secret)).toBeUndefined())
  test('of any key is one, of each length', () => {
    const keys = fc.constantFrom([32, '00'], [48, '00'], [64, '00'], [32, '01'], [48, '02'], [64, '03'])
    const made = keys.chain(([length, hash]) => bytes(length as number).map(key => encoded(key, hash as string)))
    fc.assert(fc.property(made, secret => void expect(whyNoSecret(secret)).toBeUndefined()))
  })
  test('with one character changed is none', () => {
    const place = fc.integer({ min: 0, max: SECRET.length - 1 })
    fc.assert(
      fc.property(place, fc.stringMatching(/^[A-Za-z0-9+/:=]$/), (at, character) => {
        // The checksum does not cover the hash: with a key of 32 bytes it may be SHA-256 as well.
        fc.pre(SECRET[at] !== character && at < SECRET.length - 1 && SECRET.slice(0, at) !== 'DHHC-1:0')
        expect(whyNoSecret(SECRET.slice(0, at) + character + SECRET.slice(at + 1))).toBeDefined()
      }),
    )
  })
  test.each([
    ['', /not a DHHC-1/],
    ['DHHC-2:00:AAAA:', /not a DHHC-1/],
    ['DHHC-1:04:AAAA:', /not a DHHC-1/],
    ['DHHC-1:00:AAA:', /base64/],
    ['DHHC-1:00:AAAA:', /length/],
    [encoded(new Uint8Array(32), '02'), /length/],
    [SECRET.replace('ia6z', 'ia6y'), /checksum/],
  ])('not %j', (text, why) => expect(whyNoSecret(text)).toMatch(why))
  test('is never repeated', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/]{12,80}$/), text => {
        for (const prefix of ['', 'DHHC-1:00:']) expect(whyNoSecret(prefix + text)).not.toContain(text)
      }),
    )
  })
})

test('crc32 is that of zlib', () => {
  fc.assert(fc.property(fc.uint8Array(), data => void expect(crc32([...data])).toBe(zlibCrc32(data))))
})
