import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FabricsError, hostIdentity, type TextFiles } from '../src/index.ts'
import { parseReply, parseSupported } from '../src/kernel-dialogue.ts'
import { comparable, isNumericAddress } from '../src/numeric-address.ts'
import { errno, SUPPORTED } from './fakes.ts'

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

describe('addresses in figures', () => {
  test('agree with Node on what one is', () => {
    const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/)
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearly), text => {
        expect(isNumericAddress(text)).toBe(isIP(text) !== 0)
      }),
      { numRuns: 3000 },
    )
  })
  test.each([
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:DB8::1', '2001:db8:0::1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['fe80::1%eth0', 'fe80:0::1%eth0'],
  ])('%s is %s', (a, b) => expect(comparable(a)).toBe(comparable(b)))
  test.each(['fe80::1%', 'fe80::1%a%b', 'host', '1.2.3', '1.2.3.4%eth0', '01.2.3.4', ':::', '1::2::3'])(
    '%s is none',
    text => expect(isNumericAddress(text)).toBe(false),
  )
})

const files = (tree: Record<string, string | Error>): TextFiles => ({
  readText(path) {
    const text = tree[path] ?? errno('ENOENT')
    if (text instanceof Error) throw text
    return text
  },
})

describe('host identity', () => {
  const uuid = '11111111-2222-3333-4444-555555555555'
  const other = '99999999-2222-3333-4444-555555555555'
  const nqn = `nqn.2014-08.org.nvmexpress:uuid:${uuid}`
  test.each([
    ['flags', {}, { hostnqn: 'q', hostid: uuid }, { hostnqn: 'q', hostid: uuid }],
    [
      'files',
      { '/h/etc/nvme/hostnqn': 'q\nrest\n', '/h/etc/nvme/hostid': `${other}\n` },
      {},
      { hostnqn: 'q', hostid: other },
    ],
    ['the UUID in the hostnqn', { '/h/etc/nvme/hostnqn': `${nqn}\n` }, {}, { hostnqn: nqn, hostid: uuid }],
    ['only a hostid', { '/h/etc/nvme/hostid': uuid }, {}, { hostnqn: nqn, hostid: uuid }],
    ['DMI', { '/h/sys/class/dmi/id/product_uuid': `${uuid}\n` }, {}, { hostnqn: nqn, hostid: uuid }],
    ['Power', { '/h/proc/device-tree/ibm,partition-uuid': `${uuid}\0` }, {}, { hostnqn: nqn, hostid: uuid }],
    ['nothing', { '/h/sys/class/dmi/id/product_uuid': errno('EACCES') }, {}, undefined],
    ['a zero UUID', { '/h/sys/class/dmi/id/product_uuid': uuid.replaceAll(/[0-9]/g, '0') }, {}, undefined],
  ])('%s', (_, tree, given, identity) => {
    expect(hostIdentity(files(tree as Record<string, string | Error>), '/h', given)).toEqual(identity)
  })
  test.each([
    ['a hostnqn alone', { '/h/etc/nvme/hostnqn': 'q' }, 'no-host-identity'],
    ['unreadable', { '/h/etc/nvme/hostnqn': errno('EACCES') }, 'no-host-identity'],
    ['not a UUID', { '/h/etc/nvme/hostid': 'x' }, 'bad-option'],
    ['an option in the file', { '/h/etc/nvme/hostnqn': 'q,tls' }, 'bad-option'],
  ])('%s fails', (_, tree, code) => {
    expect(() => hostIdentity(files(tree as Record<string, string | Error>), '/h', {})).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
