import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { around, deadToken, errno, type FakeHost, fakeHost, fifo, inode, listing, refusal } from './host.ts'

const namespace = inode('/proc/self/ns/pid')

test('sweep judges every entry without an event and says what it did, in natural order', () => {
  const host = fakeHost()
  for (const device of ['nvme10', 'nvme9', 'nvme2', 'nvme1', 'nvme0']) {
    host.connect(device)
    host.registry.publish(device, `o-${device}`)
  }
  host.remove('nvme10')
  host.remove('nvme9')
  host.recycle('nvme2')
  host.registry.release('nvme1')
  host.connect('nvme3')
  host.put('nvme3', { owner: 'libnvme\n', seqnum: '1\n' })
  fifo(host.path('nvme4'))
  host.put('nvme5', {})
  expect(host.registry.sweep()).toEqual({
    removed: [
      { device: 'nvme2', reason: 'number-recycled', owner: 'o-nvme2', seqnum: '103' },
      { device: 'nvme5', reason: 'controller-gone' },
      { device: 'nvme9', reason: 'controller-gone', owner: 'o-nvme9', seqnum: '102' },
      { device: 'nvme10', reason: 'controller-gone', owner: 'o-nvme10', seqnum: '101' },
    ],
    kept: [
      { device: 'nvme0', reason: 'alive', owner: 'o-nvme0', seqnum: '105' },
      { device: 'nvme1', reason: 'alive', seqnum: '104' },
      { device: 'nvme3', reason: 'unproven', owner: 'libnvme', seqnum: '1' },
      { device: 'nvme4', reason: 'damaged' },
    ],
    leftovers: [],
  })
  expect(host.registry.entries().map(({ device }) => device)).toEqual(['nvme0', 'nvme1', 'nvme3', 'nvme4'])
})

test('sweep twice: the second one finds nothing to do', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.remove('nvme0')
  host.registry.sweep()
  expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [] })
})

test('a deleted entry of a live controller is none, and what is unfinished in it is removed', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.delete('nvme0')
  const left = `note.tmp.${deadToken()}`
  host.put('nvme0', { [left]: 'half' })
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-entry' })
  expect(host.registry.reap('nvme0', '1')).toEqual({ outcome: 'none' })
  expect(host.registry.sweep({ dryRun: true })).toEqual({ removed: [], kept: [], leftovers: [`nvme0/${left}`] })
  expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [`nvme0/${left}`] })
  expect(Object.keys(host.files('nvme0') ?? {})).not.toContain(left)
  host.registry.claim('nvme0', 'nbft')
  expect(host.registry.sweep().kept).toMatchObject([{ device: 'nvme0', reason: 'alive', owner: 'nbft' }])
})

test('sweep of no registry, or an empty one, is nothing and makes nothing', () => {
  for (const registry of [true, false]) {
    const host = fakeHost({ registry })
    const before = listing(host.root)
    expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [] })
    expect(listing(host.root)).toEqual(before)
  }
})

test('sweep without sysfs keeps everything', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  rmSync(join(host.root, 'sys'), { recursive: true })
  expect(host.registry.sweep()).toEqual({ removed: [], kept: [{ device: 'nvme0', reason: 'no-sysfs' }], leftovers: [] })
  expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n' })
})

describe('unfinished entries', () => {
  test('of a writer that has ended are removed', () => {
    const host = fakeHost()
    const [nvme0, nvme1] = [host.connect('nvme0'), host.connect('nvme1')]
    const names = [`.nvme0.new.${nvme0}.${deadToken()}`, `.nvme1.new.${nvme1}.${deadToken()}`]
    host.put(names[0] as string, { incarnation: `${nvme0}\n`, owner: 'half' })
    host.put(names[1] as string, {})
    expect(host.registry.sweep().leftovers.toSorted()).toEqual(names)
    expect(listing(host.path())).toEqual([])
  })
  test('of a controller that is gone, or whose number is another’s, are removed, whether or not the writer lives', () => {
    const host = fakeHost()
    const [gone, recycled] = [host.connect('nvme0'), host.connect('nvme1')]
    const names = [
      `.nvme0.new.${gone}.${nodeSys().token()}`,
      `.nvme1.new.${recycled}.${Number(namespace) + 1}-1-aa`,
      `.nvme2.new.1.x`,
    ]
    for (const name of names) host.put(name, { owner: 'half' })
    host.remove('nvme0')
    host.recycle('nvme1')
    expect(host.registry.sweep().leftovers.toSorted()).toEqual(names)
    expect(listing(host.path())).toEqual([])
  })
  test('of a controller are left where sysfs cannot be read', () => {
    const host = fakeHost()
    host.put(`.nvme2.new.1.x`, { owner: 'half' })
    rmSync(join(host.root, 'sys'), { recursive: true })
    expect(host.registry.sweep().leftovers).toEqual([])
  })
  const LIVE = 'INCARNATION'
  test.each([
    ['of a writer that lives', `.nvme0.new.${LIVE}.${nodeSys().token()}`],
    ['of a writer in another pid namespace', `.nvme0.new.${LIVE}.${Number(namespace) + 1}-1-aa`],
    ['with a token that says nothing', `.nvme0.new.${LIVE}.x`],
    ['with a pid that is no number', `.nvme0.new.${LIVE}.${namespace}-self-aa`],
    ['with the pid of a group', `.nvme0.new.${LIVE}.${namespace}-0-aa`],
    ['with a pid that leads elsewhere', `.nvme0.new.${LIVE}.${namespace}-..-aa`],
    ['with a pid that no process can have', `.nvme0.new.${LIVE}.${namespace}-9999999999-aa`],
    ['without an incarnation', `.nvme0.new.${namespace}-4194304-aa`],
    ['of libnvme, which names no writer', '.nvme0.tmp.a1B2c3'],
    ['of libnvme, on their way out', '.trash.a1B2c3'],
    ['for no device', `.nvme00.new.1.${namespace}-4194304-aa`],
    ['of another program', `.other.new.1.${namespace}-4194304-aa`],
  ])('%s are left: nothing proves that no writer goes on with them', (_, name) => {
    const host = fakeHost()
    host.put(name.replace(LIVE, host.connect('nvme0')), { owner: 'half' })
    const before = listing(host.root)
    expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [] })
    expect(listing(host.root)).toEqual(before)
  })
  test('of libnvme that are empty and on their way out are removed', () => {
    const host = fakeHost()
    host.put('.trash.a1B2c3', {})
    host.put('.trash.x', { owner: 'libnvme\n' })
    host.put('.nvme0.tmp.a1B2c3', {})
    expect(host.registry.sweep().leftovers).toEqual(['.trash.a1B2c3'])
    expect(readdirSync(host.path()).toSorted()).toEqual(['.nvme0.tmp.a1B2c3', '.trash.x'])
  })
  test('that are no directory, or hold one, are left, and the rest is cleared all the same', () => {
    const host = fakeHost()
    const token = deadToken()
    writeFileSync(host.path(`.nvme0.new.1.${token}`), '')
    symlinkSync('nvme9', host.path(`.nvme1.new.1.${token}`))
    fifo(host.path(`.nvme2.new.1.${token}`))
    mkdirSync(host.path(`.nvme3.new.1.${token}/sub/sub`), { recursive: true })
    host.put('nvme9', { owner: 'libnvme\n' })
    host.put(`.nvme4.new.1.${token}`, {})
    host.connect('nvme9')
    expect(host.registry.sweep().leftovers).toEqual([`.nvme4.new.1.${token}`])
    expect(host.files('nvme9')).toEqual({ owner: 'libnvme\n' })
  })
  test('that another sweep clears meanwhile are not ours to count', () => {
    const host = fakeHost()
    const name = `.nvme0.new.1.${deadToken()}`
    host.put(name, { owner: 'half' })
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'rmdir' && String(args[0]).endsWith(name)) host.registry.sweep()
      return call()
    })
    expect(new Registry(sys, host.root).sweep().leftovers).toEqual([])
    expect(listing(host.path())).toEqual([])
  })
})

describe('unfinished attributes in a live entry', () => {
  test('of a writer that has ended are seen by no reader and are removed; the entry stays as it is', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = host.files('nvme0')
    const names = [`note.tmp.${deadToken()}`, `owner.tmp.${deadToken()}`]
    for (const name of names) host.put('nvme0', { [name]: 'half' })
    expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'stas', attributes: {}, damagedAttributes: {} })
    expect(host.registry.sweep()).toEqual({
      removed: [],
      kept: [{ device: 'nvme0', reason: 'alive', owner: 'stas', seqnum: '101' }],
      leftovers: names.map(name => `nvme0/${name}`).toSorted(),
    })
    expect(host.files('nvme0')).toEqual(before)
  })
  test("are removed from libnvme's entry too", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'libnvme\n', [`note.tmp.${deadToken()}`]: 'half' })
    host.registry.sweep()
    expect(host.files('nvme0')).toEqual({ owner: 'libnvme\n' })
  })
  test('of a writer that lives, of another pid namespace, of libnvme and of strangers are left', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.put('nvme0', {
      [`note.tmp.${nodeSys().token()}`]: 'half',
      [`note.tmp.${Number(namespace) + 1}-1-aa`]: 'half',
      'owner.tmp.a1B2c3': 'half',
      [`no.te.tmp.${deadToken()}`]: 'half',
      [`.tmp.${deadToken()}`]: 'half',
    })
    mkdirSync(host.path(`nvme0/dir.tmp.${deadToken()}`))
    const before = listing(host.path())
    expect(host.registry.sweep().leftovers).toEqual([])
    expect(listing(host.path())).toEqual(before)
  })
  test('are removed from the directory that was judged, not from one that took its name meanwhile', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const name = `note.tmp.${deadToken()}`
    host.put('nvme0', { [name]: 'half' })
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'unlink' && String(args[0]).endsWith(name)) {
        renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
        host.put('nvme0', { owner: 'libnvme\n', [name]: 'another one' })
      }
      return call()
    })
    new Registry(sys, host.root).sweep()
    expect(host.files('nvme0')).toEqual({ owner: 'libnvme\n', [name]: 'another one' })
    expect(host.files('.trash.a1B2c3')).not.toHaveProperty([name])
  })
  test('go with a dead entry, and are not counted then', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.put('nvme0', { 'note.tmp.a1B2c3': 'half' })
    host.remove('nvme0')
    expect(host.registry.sweep().leftovers).toEqual([])
    expect(listing(host.path())).toEqual([])
  })
})

/** nvme1 lives, nvme2 and nvme3 are dead; calls on nvme2 that `fails` picks give EIO. */
function withFailing(fails: (op: string, path: string) => boolean): { host: FakeHost; registry: Registry } {
  const host = fakeHost()
  for (const device of ['nvme1', 'nvme2', 'nvme3']) {
    host.connect(device)
    host.registry.publish(device, 'stas')
  }
  host.remove('nvme2')
  host.remove('nvme3')
  let broken: unknown
  const sys = around(nodeSys(), (op, args, call) => {
    const path = String(args[0])
    if (fails(op, broken === undefined ? path : path.replace(`/proc/self/fd/${String(broken)}`, 'nvme2')))
      throw errno('EIO')
    const result = call()
    if (op === 'openDir' && path.endsWith('nvme2')) broken = result
    if (op === 'close' && args[0] === broken) broken = undefined
    return result
  })
  return { host, registry: new Registry(sys, host.root) }
}

describe('one entry that fails', () => {
  test.each([
    ['its directory cannot be opened', (op: string, path: string) => op === 'openDir' && path.endsWith('/nvme2')],
    ['its owner cannot be read', (op: string, path: string) => op === 'readFile' && path === 'nvme2/owner'],
    ['its identity cannot be read', (op: string, path: string) => op === 'readFile' && path === 'nvme2/incarnation'],
  ])('because %s is kept as unreadable, and the others are swept', (_, fails) => {
    const { host, registry } = withFailing(fails)
    expect(registry.sweep()).toEqual({
      removed: [{ device: 'nvme3', reason: 'controller-gone', owner: 'stas', seqnum: '103' }],
      kept: [
        { device: 'nvme1', reason: 'alive', owner: 'stas', seqnum: '101' },
        { device: 'nvme2', reason: 'unreadable' },
      ],
      leftovers: [],
    })
    expect(host.files('nvme2')).toMatchObject({ owner: 'stas\n' })
  })
  test('because it cannot be removed: the others are swept, left-overs too, and then io says so', () => {
    const { host, registry } = withFailing((op, path) => op === 'unlink' && path.startsWith('nvme2/'))
    host.put(`.nvme0.new.1.${deadToken()}`, { owner: 'half' })
    const told: unknown[] = []
    expect(refusal(() => registry.sweep({ onRemoved: entry => told.push(entry) }))).toEqual({ code: 'io' })
    expect(readdirSync(host.path()).toSorted()).toEqual(['nvme1', 'nvme2'])
    expect(told).toEqual([{ device: 'nvme3', reason: 'controller-gone', owner: 'stas', seqnum: '103' }])
  })
  test('once, because of the call and not of the entry: io, not unreadable', () => {
    let once = true
    const { registry } = withFailing((op, path) => {
      const fail = once && op === 'readFile' && path === 'nvme2/owner'
      if (fail) once = false
      return fail
    })
    expect(refusal(() => registry.sweep())).toEqual({ code: 'io' })
  })
})

test('sweep of a registry that is no directory: damaged; that cannot be opened: io, with the cause', () => {
  const host = fakeHost({ registry: false })
  mkdirSync(join(host.root, 'run/nvme'))
  writeFileSync(host.path(), '')
  expect(refusal(() => host.registry.sweep())).toEqual({ code: 'damaged' })
  const sys = around(nodeSys(), () => {
    throw errno('EMFILE')
  })
  expect(refusal(() => new Registry(sys, host.root).sweep())).toEqual({ code: 'io' })
})
