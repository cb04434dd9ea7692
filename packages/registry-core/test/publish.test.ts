import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Registry } from '../src/index.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry as Core } from '../src/registry.ts'
import { around, fakeHost, inode, interrupted, listing, mode, refusal, withUmask } from './host.ts'

describe('publish', () => {
  test('makes a complete entry of owner, incarnation and sequence number, one line each', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '101\n' })
    expect(listing(host.path()).map(line => line.split(' ')[0])).toEqual([
      'nvme0',
      'nvme0/incarnation',
      'nvme0/owner',
      'nvme0/seqnum',
    ])
  })

  test('works through the package entrance too, where the root is an option', () => {
    const host = fakeHost()
    host.connect('nvme0')
    expect(new Registry({ root: `${host.root}//` }).publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })

  test('makes the registry where it is missing; directories are 0755 and files 0644 under umask 077', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    rmSync(join(host.root, 'run'), { recursive: true })
    withUmask(0o077, () => host.registry.publish('nvme0', 'stas'))
    const dirs = ['run', 'run/nvme', 'run/nvme/registry', 'run/nvme/registry/nvme0']
    expect(dirs.map(dir => mode(join(host.root, dir)))).toEqual(['755', '755', '755', '755'])
    expect(Object.keys(host.files('nvme0') ?? {}).map(file => mode(host.path('nvme0', file)))).toEqual([
      '644',
      '644',
      '644',
    ])
  })

  test('leaves the modes of directories that are there already as they are', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    mkdirSync(join(host.root, 'run/nvme'), { mode: 0o700 })
    host.registry.publish('nvme0', 'stas')
    expect(mode(join(host.root, 'run/nvme'))).toBe('700')
  })

  test('has no stamp where the kernel shows no sequence number', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    rmSync(join(host.root, 'sys/kernel/uevent_seqnum'))
    expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n' })
  })

  test.each(['', 'abc\n', '-1\n', '1 2\n', '\u00ff', Uint8Array.of(0xff)])(
    'has no stamp where the kernel shows %j for one',
    shown => {
      const host = fakeHost()
      host.connect('nvme0')
      writeFileSync(join(host.root, 'sys/kernel/uevent_seqnum'), shown)
      host.registry.publish('nvme0', 'stas')
      expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner'])
    },
  )

  test("replaces a dead incarnation's entry, private attributes and unfinished files included", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    host.registry.update('nvme0', 'note', 'of the past')
    host.put('nvme0', { 'owner.tmp.123': 'half' })
    const incarnation = host.recycle('nvme0')
    expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '103\n' })
  })

  test("never writes into the dead entry's directory: the new one is another inode", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    const before = inode(host.path('nvme0'))
    // Kept open, so that its inode number cannot be used again.
    const sys = nodeSys()
    const fd = sys.openDir(host.path('nvme0'))
    host.recycle('nvme0')
    host.registry.publish('nvme0', 'stas')
    expect(inode(host.path('nvme0'))).not.toBe(before)
    expect(sys.readdir(`/proc/self/fd/${fd}`)).toEqual([])
    sys.close(fd)
  })

  test.each([
    ['an empty directory', {}],
    ['an entry without incarnation, as libnvme writes it', { owner: 'past\n', seqnum: '7\n' }],
    ['an entry without stamp', { owner: 'past\n' }],
  ])('replaces %s: it cannot be that of a controller which is new', (_, files) => {
    const host = fakeHost()
    host.put('nvme0', files)
    const incarnation = host.connect('nvme0')
    expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '101\n' })
  })

  describe('when this very controller is registered already', () => {
    test('for the same owner: already-ours, and nothing is touched', () => {
      const host = fakeHost()
      host.connect('nvme0')
      host.registry.publish('nvme0', 'stas')
      const before = listing(host.root)
      expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'already-ours' })
      expect(listing(host.root)).toEqual(before)
    })
    test('for somebody else: owned, by whom, and nothing is touched', () => {
      const host = fakeHost()
      host.connect('nvme0')
      host.registry.publish('nvme0', 'stas')
      const before = listing(host.root)
      expect(host.registry.publish('nvme0', 'other')).toEqual({ outcome: 'owned', owner: 'stas' })
      expect(listing(host.root)).toEqual(before)
    })
    test('for nobody: claimed, and its private attributes stay', () => {
      const host = fakeHost()
      host.connect('nvme0')
      host.registry.update('nvme0', 'note', 'mine')
      expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
      expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'stas', attributes: { note: 'mine' } })
    })
  })

  describe('when the controller goes', () => {
    test('before: gone, and not even the registry is made', () => {
      const host = fakeHost({ registry: false })
      const before = listing(host.root)
      expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'gone' })
      expect(listing(host.root)).toEqual(before)
    })
    test('between the look and the rename: gone, and what was published is taken back', () => {
      const host = fakeHost()
      host.connect('nvme0')
      const registry = interrupted(host, 'rename', 1, () => host.remove('nvme0'))
      expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'gone' })
      expect(listing(host.path())).toEqual([])
    })
    test('and a stranger gets its number: gone, and the stranger has no entry', () => {
      const host = fakeHost()
      host.connect('nvme0')
      const registry = interrupted(host, 'rename', 1, () => host.recycle('nvme0'))
      expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'gone' })
      expect(listing(host.path())).toEqual([])
      expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-entry' })
    })
  })

  test('refuses sysfs that cannot be read and makes nothing', () => {
    const host = fakeHost({ registry: false })
    rmSync(join(host.root, 'sys/class'), { recursive: true })
    const before = listing(host.root)
    expect(refusal(() => host.registry.publish('nvme0', 'stas'))).toEqual({ code: 'no-sysfs', device: 'nvme0' })
    expect(listing(host.root)).toEqual(before)
  })

  test('gives up with busy when others fill the name again every time, and leaves nothing of its own', () => {
    const host = fakeHost()
    host.connect('nvme0')
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'rename') host.put('nvme0', { owner: 'theirs\n' })
      return call()
    })
    expect(refusal(() => new Core(sys, host.root).publish('nvme0', 'stas'))).toEqual({ code: 'busy', device: 'nvme0' })
    expect(listing(host.path()).filter(line => line.startsWith('.'))).toEqual([])
  })
})
