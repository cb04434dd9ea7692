import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts'
import { formatValue, MAX_VALUE_BYTES, parseOwner, parseValue } from '../src/values.ts'
import { counterexample } from './properties.ts'

/** Bytes that are nearly text: well-formed sequences with a few of them broken. */
const nearlyUtf8 = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.array(fc.tuple(fc.nat(79), fc.nat(255)), { maxLength: 3 }))
  .map(([text, patches]) => {
    const bytes = new TextEncoder().encode(text)
    for (const [at, byte] of patches) if (at < bytes.length) bytes[at] = byte
    return bytes
  })
const anyBytes = fc.oneof(nearlyUtf8, fc.uint8Array({ maxLength: 40 }))
/** UTF-16 with lone surrogates in it. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map(units => String.fromCharCode(...units)),
  fc.array(fc.integer({ min: 0xd700, max: 0xe0ff }), { maxLength: 8 }).map(units => String.fromCharCode(...units)),
)

/** A lone surrogate comes back as another character. */
const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text

function strict(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function outcome<T>(call: () => T): T | unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const sameBytes = (bytes: unknown, expected: Buffer): boolean => bytes instanceof Uint8Array && expected.equals(bytes)
const valueIn = (bytes: Uint8Array): string | undefined => {
  const parsed = parseValue(bytes)
  return 'value' in parsed ? parsed.value : undefined
}

describe('UTF-8', () => {
  test('decodes what a strict TextDecoder decodes, and refuses what it refuses', () => {
    expect(counterexample(fc.property(anyBytes, bytes => decodeUtf8(bytes) === strict(bytes)))).toBeUndefined()
  })
  test('encodes what TextEncoder encodes, and throws URIError for lone surrogates, which that replaces', () => {
    expect(
      counterexample(
        fc.property(anyText, text => {
          const bytes = outcome(() => encodeUtf8(text))
          return isWellFormed(text) ? sameBytes(bytes, Buffer.from(text)) : bytes instanceof URIError
        }),
      ),
    ).toBeUndefined()
  })
  test.each(['ä%41', '%41ä', 'ä%', '%zzä', 'ä%25'])('takes the percent signs of %j for what they are', text => {
    expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text)
    expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
  })
  test.each([
    ['overlong', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['cut off', [0xe2, 0x82]],
    ['a stray continuation', [0x80]],
  ])('refuses what is %s', (_, bytes) => expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined())
})

/** Independent of the pattern in values.ts: by Unicode's categories. */
const printable = (text: string): boolean => !/[\p{Cc}\p{Zl}\p{Zp}]|[\u202a-\u202e\u2066-\u2069]/u.test(text)
const isGood = (text: string): boolean =>
  text !== '' && isWellFormed(text) && printable(text) && Buffer.byteLength(text) <= MAX_VALUE_BYTES

describe('values', () => {
  test('are written exactly if they are one line of printable UTF-8 of 1 to 4096 bytes, and read back as they were', () => {
    const long = fc.integer({ min: 4080, max: 4110 }).map(length => 'x'.repeat(length))
    expect(
      counterexample(
        fc.property(fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: long }), text => {
          const bytes = outcome(() => formatValue('note', text))
          if (!isGood(text)) return bytes instanceof RegistryError && bytes.code === 'bad-value'
          if (!(bytes instanceof Uint8Array) || bytes.at(-1) !== 0x0a) return false
          return valueIn(bytes) === text && valueIn(bytes.subarray(0, -1)) === text
        }),
      ),
    ).toBeUndefined()
  })
  test('may hold each character of the first 65,536 exactly if it is printable', () => {
    const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
    const wrong = characters.filter(
      each => outcome(() => formatValue('note', each)) instanceof Uint8Array !== isGood(each),
    )
    expect(wrong).toEqual([])
  })
  test('of whatever bytes are a good value or damage with a reason; reading never throws', () => {
    expect(
      counterexample(
        fc.property(anyBytes, bytes => {
          const parsed = parseValue(bytes)
          return 'value' in parsed ? isGood(parsed.value) : /^[^\n]+$/.test(parsed.damage)
        }),
      ),
    ).toBeUndefined()
  })
  test('what reads as good can be written again, as the same bytes but for the newline', () => {
    expect(
      counterexample(
        fc.property(anyBytes, bytes => {
          const value = valueIn(bytes)
          const newline = bytes.at(-1) === 0x0a ? [] : [0x0a]
          return value === undefined || sameBytes(formatValue('note', value), Buffer.from([...bytes, ...newline]))
        }),
      ),
    ).toBeUndefined()
  })
  test('with a lone surrogate are refused because of what the encoder says', () => {
    const error = outcome(() => formatValue('note', 'a\ud800'))
    expect((error as RegistryError).cause).toBeInstanceOf(URIError)
  })
  test('of 4097 bytes are too long without newline as well', () => {
    expect(parseValue(new Uint8Array(4097).fill(0x78))).toEqual({ damage: 'longer than 4096 bytes' })
  })
  test('of 4096 bytes are good with and without newline', () => {
    const value = 'x'.repeat(4096)
    expect(parseValue(encodeUtf8(value))).toEqual({ value })
    expect(parseValue(encodeUtf8(`${value}\n`))).toEqual({ value })
  })
})

test('an owner is what can be written as one', () => {
  expect(parseOwner('boot loader')).toBe('boot loader')
  for (const text of ['', 'a\nb', '\u202estas', 'x'.repeat(MAX_VALUE_BYTES + 1)])
    expect(() => parseOwner(text)).toThrow(/^owner: the value is /)
})
