import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fcAddress, ipAddress, sameAddress } from '../src/index.ts'
import { spelledAddresses } from './spellings.ts'

const RUNS = { numRuns: 3000 }

describe('one place', () => {
  test.each([
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:DB8::1', '2001:db8:0::1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['FE80::1%eth0', 'fe80:0::1%eth0'],
    ['nn-0x10000090FA942779:pn-0X20000090fa942779', 'NN-10000090fa942779,pn-0x20000090fa942779'],
    ['Some.Name', 'some.name'],
  ])('has both %s and %s', (one, other) =>
    expect([sameAddress(one, other), sameAddress(other, one)]).toEqual([true, true]),
  )

  test.each([
    ['::1', '::2'],
    ['fe80::1%eth0', 'fe80::1%eth1'],
    ['fe80::1%eth0', 'fe80::1%ETH0'],
    ['fe80::1', 'fe80::1%eth0'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '192.0.2.10'],
    ['nn-0x10000090fa942779:pn-0x10000090fa942779', 'nn-0x10000090fa942779:pn-0x10000090fa942778'],
    ['', '::'],
  ])('does not have both %s and %s', (one, other) =>
    expect([sameAddress(one, other), sameAddress(other, one)]).toEqual([false, false]),
  )

  test('has every spelling of an address', () => {
    fc.assert(
      fc.property(spelledAddresses, spellings => {
        for (const spelling of spellings) expect(sameAddress(spelling, spellings[0] ?? ''), spelling).toBe(true)
      }),
      RUNS,
    )
  })

  test('is one spelling, of which the spelling is itself', () => {
    const almost = fc.oneof(
      spelledAddresses.map(([text]) => text ?? ''),
      fc.stringMatching(/^[0-9a-fA-F:.%]{1,40}$/),
      fc.string(),
    )
    fc.assert(
      fc.property(almost, text => {
        const spelling = ipAddress(text) ?? fcAddress(text) ?? ''
        expect(ipAddress(spelling) ?? fcAddress(spelling) ?? '').toBe(spelling)
      }),
      RUNS,
    )
  })
})

describe('addresses in figures', () => {
  test('are what Node takes for one', () => {
    const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/)
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearly), text => {
        expect(ipAddress(text) !== undefined).toBe(isIP(text) !== 0)
      }),
      RUNS,
    )
  })
  test.each(['fe80::1%', 'fe80::1%a%b', 'host', '1.2.3', '1.2.3.4%eth0', '01.2.3.4', ':::', '1::2::3'])(
    '%s is none',
    text => expect(ipAddress(text)).toBeUndefined(),
  )
})

test.each(['nn-0x1:pn-0x2', 'nn-0x10000090fa942779', 'pn-0x10000090fa942779:nn-0x10000090fa942779', '192.0.2.1'])(
  '%s is no Fibre Channel address',
  text => expect(fcAddress(text)).toBeUndefined(),
)
