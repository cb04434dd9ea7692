import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../src/index.ts'

describe('parseAddress', () => {
  test.each([
    [
      'traddr=fe80::1%eth0,trsvcid=8009,host_traddr=fe80::2%eth0,host_iface=eth0\n',
      { traddr: 'fe80::1%eth0', trsvcid: '8009', hostTraddr: 'fe80::2%eth0', hostIface: 'eth0' },
    ],
    [
      'traddr=nn-0x200140111111dbcc:pn-0x100140111111dbcc,host_traddr=nn-0x2:pn-0x1',
      { traddr: 'nn-0x200140111111dbcc:pn-0x100140111111dbcc', hostTraddr: 'nn-0x2:pn-0x1' },
    ],
    ['0000:01:00.0\n', { bdf: '0000:01:00.0' }],
    ['traddr=(null),trsvcid=none', {}],
    ['', {}],
  ])('%j', (raw, fields) => expect(parseAddress(raw)).toEqual({ text: raw.trim(), ...fields }))

  const value = fc.stringMatching(/^[0-9a-zA-Z.:%-]{1,30}$/).filter(text => text !== 'none')
  test('reads back what the kernel prints, whatever else stands between', () => {
    fc.assert(
      fc.property(value, value, fc.option(value), fc.stringMatching(/^[a-z_]{1,9}$/), (traddr, trsvcid, src, extra) => {
        fc.pre(!['traddr', 'trsvcid', 'src_addr', 'host_traddr', 'host_iface'].includes(extra))
        const text = `traddr=${traddr},${extra}=x,trsvcid=${trsvcid}${src === null ? '' : `,src_addr=${src}`}`
        expect(parseAddress(text)).toEqual({ text, traddr, trsvcid, ...(src === null ? {} : { srcAddr: src }) })
      }),
    )
  })
  test('takes any text without failing', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(parseAddress(text).text).toBe(text.trim())
      }),
    )
  })
})
