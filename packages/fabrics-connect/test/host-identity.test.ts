import { describe, expect, test } from 'vitest'
import { generateIdentity, type HostFiles, hostIdentity } from '../src/index.ts'
import { errno } from './fakes.ts'

const UUID = '11111111-2222-3333-4444-55555555555a'
const OTHER = '99999999-2222-3333-4444-555555555555'
const NQN = `nqn.2014-08.org.nvmexpress:uuid:${UUID}`
const SMBIOS = '/h/sys/firmware/dmi/entries/1-0/raw'
/** Type 1, 27 bytes, and the UUID at 8 as SMBIOS 2.6 stores it. */
const STRUCTURE = Buffer.from(`011b0100010203041111111122223333${'4444'}55555555555a0600`, 'hex')

const random = (): string => OTHER

type Tree = Record<string, string | Buffer | Error>

const files = (tree: Tree): HostFiles => {
  const read = (path: string): string | Buffer => {
    const content = tree[path] ?? errno('ENOENT')
    if (content instanceof Error) throw content
    return content
  }
  return { readText: path => read(path).toString(), readBytes: path => Buffer.from(read(path)) }
}

describe('who this host is', () => {
  test.each<[string, Tree, object, object | undefined]>([
    ['flags', {}, { hostnqn: 'q', hostid: UUID }, { hostnqn: 'q', hostid: UUID, mismatch: false }],
    [
      'files',
      { '/h/etc/nvme/hostnqn': 'q\nrest\n', '/h/etc/nvme/hostid': `${OTHER}\n` },
      {},
      { hostnqn: 'q', hostid: OTHER, from: { hostnqn: 'file', hostid: 'file' }, mismatch: false },
    ],
    [
      'a flag before a file',
      { '/h/etc/nvme/hostnqn': NQN, '/h/etc/nvme/hostid': UUID },
      { hostid: OTHER },
      { hostnqn: NQN, hostid: OTHER, from: { hostnqn: 'file', hostid: 'given' }, mismatch: true },
    ],
    [
      'files of two UUIDs, as nvme-cli of Debian writes them',
      { '/h/etc/nvme/hostnqn': `${NQN}\n`, '/h/etc/nvme/hostid': `${OTHER}\n` },
      {},
      { hostnqn: NQN, hostid: OTHER, mismatch: true },
    ],
    [
      'one UUID in two spellings',
      { '/h/etc/nvme/hostnqn': NQN.toUpperCase().replace('UUID:', 'uuid:'), '/h/etc/nvme/hostid': UUID },
      {},
      { hostid: UUID, mismatch: false },
    ],
    [
      'the UUID in the hostnqn',
      { '/h/etc/nvme/hostnqn': `${NQN}\n` },
      {},
      { hostnqn: NQN, hostid: UUID, from: { hostnqn: 'file', hostid: 'hostnqn' } },
    ],
    [
      'only a hostid',
      { '/h/etc/nvme/hostid': UUID },
      {},
      { hostnqn: NQN, hostid: UUID, from: { hostnqn: 'hostid', hostid: 'file' } },
    ],
    [
      'DMI, which has capitals on some boards',
      { '/h/sys/class/dmi/id/product_uuid': `${UUID.toUpperCase()}\n`, [SMBIOS]: Buffer.alloc(27) },
      {},
      { hostnqn: NQN, hostid: UUID, from: { hostnqn: 'hostid', hostid: 'machine' } },
    ],
    ['the SMBIOS table itself', { [SMBIOS]: STRUCTURE }, {}, { hostnqn: NQN, hostid: UUID }],
    ['Power', { '/h/proc/device-tree/ibm,partition-uuid': `${UUID}\0` }, {}, { hostnqn: NQN, hostid: UUID }],
    ['nothing', { '/h/sys/class/dmi/id/product_uuid': errno('EACCES') }, {}, undefined],
    ['empty files', { '/h/etc/nvme/hostnqn': '\n', '/h/etc/nvme/hostid': '' }, {}, undefined],
    ['a zero UUID', { '/h/sys/class/dmi/id/product_uuid': UUID.replaceAll(/[0-9a-f]/g, '0') }, {}, undefined],
    ['a UUID of ones', { [SMBIOS]: Buffer.alloc(27, 0xff) }, {}, undefined],
    ['a table that is cut', { [SMBIOS]: STRUCTURE.subarray(0, 8) }, {}, undefined],
  ])('%s', (_, tree, given, identity) => {
    const found = hostIdentity(files(tree), '/h', given)
    expect(found === undefined ? [] : [found]).toMatchObject(identity === undefined ? [] : [identity])
  })
  test.each<[string, Tree, string]>([
    ['a hostnqn alone', { '/h/etc/nvme/hostnqn': 'q' }, 'no-host-identity'],
    ['unreadable', { '/h/etc/nvme/hostnqn': errno('EACCES') }, 'no-host-identity'],
    ['a directory', { '/h/etc/nvme/hostid': errno('EISDIR') }, 'no-host-identity'],
    ['not a UUID', { '/h/etc/nvme/hostid': 'x' }, 'bad-option'],
    ['an option in the file', { '/h/etc/nvme/hostnqn': 'q,tls' }, 'bad-option'],
    ['223 bytes', { '/h/etc/nvme/hostnqn': 'q'.repeat(223) }, 'bad-option'],
  ])('%s fails', (_, tree, code) => {
    expect(() => hostIdentity(files(tree), '/h')).toThrow(expect.objectContaining({ code }))
  })
})

describe('a new identity', () => {
  test("is the machine's, if that has one", () =>
    expect(generateIdentity(files({ [SMBIOS]: STRUCTURE }), '/h', random)).toEqual({
      hostnqn: NQN,
      hostid: UUID,
      from: 'machine',
    }))
  test('is random otherwise', () =>
    expect(generateIdentity(files({}), '/h', random)).toEqual({
      hostnqn: `nqn.2014-08.org.nvmexpress:uuid:${OTHER}`,
      hostid: OTHER,
      from: 'random',
    }))
})
