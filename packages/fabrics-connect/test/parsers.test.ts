import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FabricsError } from '../src/index.ts'
import { parseReply, parseSupported } from '../src/kernel-dialogue.ts'
import { SUPPORTED } from './fakes.ts'

describe("the kernel's reply", () => {
  test.each([
    ['instance=0,cntlid=1\n', { device: 'nvme0', cntlid: 1 }],
    ['cntlid=65535,instance=12', { device: 'nvme12', cntlid: 65535 }],
    ['instance=3\n', { device: 'nvme3', cntlid: undefined }],
  ])('%j', (text, reply) => expect(parseReply(text)).toEqual(reply))
  test.each(['', 'instance=-1,cntlid=-1', 'instance=', 'xinstance=3', 'instance=3x', 'instance=2147483648'])(
    '%j names none',
    text => expect(() => parseReply(text)).toThrow(FabricsError),
  )
  test('reads back any instance', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(65535), (instance, cntlid) => {
        expect(parseReply(`instance=${instance},cntlid=${cntlid}\n`)).toEqual({ device: `nvme${instance}`, cntlid })
      }),
    )
  })
})

describe('supported options', () => {
  test('are the names', () => {
    const names = parseSupported(SUPPORTED)
    expect([...names].slice(0, 4)).toEqual(['instance', 'cntlid', 'transport', 'traddr'])
    expect(names.has('tls')).toBe(true)
  })
  test('any text gives names without separators', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        for (const name of parseSupported(text)) expect(name).toMatch(/^[^,\n=\s]+$/)
      }),
    )
  })
})
