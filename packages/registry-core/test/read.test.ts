import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Registry as Entrance, RegistryReader } from '../src/index.ts'
import { layoutBelow } from '../src/layout.ts'
import { nodeSys } from '../src/node/sys.ts'
import { registryNames } from '../src/protocol/read.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, fakeHost, fifo, listing, refusal } from './host.ts'

describe('entry', () => {
  test('of a live controller: everything that is registered, private attributes sorted and apart', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.registry.update('nvme0', 'zone', 'a')
    host.registry.update('nvme0', 'note', 'b')
    host.registry.update('nvme0', 'rack', 'c')
    const entry = host.registry.entry('nvme0')
    expect(entry).toEqual({
      device: 'nvme0',
      state: 'live',
      owner: 'stas',
      seqnum: '101',
      incarnation,
      attributes: { note: 'b', rack: 'c', zone: 'a' },
      damagedAttributes: {},
    })
    expect(Object.keys(entry?.attributes ?? {})).toEqual(['note', 'rack', 'zone'])
  })
  test('without owner is an entry still', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'b')
    const entry = host.registry.entry('nvme0')
    expect(entry).toMatchObject({ state: 'live', attributes: { note: 'b' } })
    expect(entry).not.toHaveProperty('owner')
  })
  test('of a controller that is gone: stale, and its facts can still be read', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.remove('nvme0')
    expect(host.registry.entry('nvme0')).toMatchObject({
      state: 'stale',
      reason: 'its controller is gone',
      owner: 'stas',
    })
  })
  test('of a recycled number: stale, for another reason', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.recycle('nvme0')
    expect(host.registry.entry('nvme0')).toMatchObject({
      state: 'stale',
      reason: 'another controller has this name now',
      owner: 'stas',
    })
  })
  test('that a cleaner has condemned is stale, and its link is no damage', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'past\n' })
    symlinkSync('condemned', host.path('nvme0/incarnation'))
    expect(host.registry.entry('nvme0')).toEqual({
      device: 'nvme0',
      state: 'stale',
      reason: 'another controller has this name now',
      incarnation: 'condemned',
      owner: 'past',
      attributes: {},
      damagedAttributes: {},
    })
  })
  test('that is not there is undefined', () => {
    expect(fakeHost().registry.entry('nvme0')).toBeUndefined()
    expect(fakeHost({ registry: false }).registry.entry('nvme0')).toBeUndefined()
  })
  test('cannot be judged without sysfs: no-sysfs, for the list too', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    rmSync(join(host.root, 'sys/class'), { recursive: true })
    expect(refusal(() => host.registry.entry('nvme0'))).toEqual({ code: 'no-sysfs', device: 'nvme0' })
    expect(refusal(() => host.registry.entries())).toEqual({ code: 'no-sysfs', device: 'nvme0' })
  })
})

describe('entries', () => {
  test('come in natural order, stale and damaged ones included, and nothing else does', () => {
    const host = fakeHost()
    for (const device of ['nvme10', 'nvme2', 'nvme0', 'nvme2147483647', 'nvme1']) {
      host.connect(device)
      host.registry.publish(device, 'stas')
    }
    host.remove('nvme2')
    fifo(host.path('nvme3'))
    for (const name of [
      'nvme00',
      'nvme3n1',
      'nvme2147483648',
      'nvme99999999999',
      'nvme',
      'other',
      '.nvme4.new.x',
      '.trash.abc123',
    ])
      host.put(name, { owner: 'x\n' })
    expect(host.registry.entries().map(({ device, state }) => `${device} ${state}`)).toEqual([
      'nvme0 live',
      'nvme1 live',
      'nvme2 stale',
      'nvme3 damaged',
      'nvme10 live',
      'nvme2147483647 live',
    ])
  })
  test('are none in an empty registry and in none', () => {
    expect(fakeHost().registry.entries()).toEqual([])
    expect(fakeHost({ registry: false }).registry.entries()).toEqual([])
  })
  test('leave out one that goes between the list and the look', () => {
    const host = fakeHost()
    for (const device of ['nvme0', 'nvme1']) {
      host.connect(device)
      host.registry.publish(device, 'stas')
    }
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'openDir' && String(args[0]).endsWith('/nvme0')) host.registry.delete('nvme0')
      return call()
    })
    expect(new Registry(sys, host.root).entries().map(({ device }) => device)).toEqual(['nvme1'])
  })
})

const unowned = (reason: string) => ({ state: 'unowned', reason })

describe('ownerOf', () => {
  test('an owned controller', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
    expect(host.registry.ownerOf('nvme0', incarnation)).toEqual({ state: 'owned', owner: 'stas' })
  })
  test('unowned: no-entry, no registry, no-owner, stale by death and stale by recycling', () => {
    const host = fakeHost({ registry: false })
    const first = host.connect('nvme0')
    expect(host.registry.ownerOf('nvme0')).toEqual(unowned('no-entry'))
    expect(host.registry.ownerOf('nvme0', first)).toEqual(unowned('no-entry'))
    host.registry.update('nvme0', 'note', 'x')
    expect(host.registry.ownerOf('nvme0')).toEqual(unowned('no-owner'))
    expect(host.registry.ownerOf('nvme0', first)).toEqual(unowned('no-owner'))
    host.registry.claim('nvme0', 'stas')
    host.remove('nvme0')
    expect(host.registry.ownerOf('nvme0')).toEqual(unowned('stale'))
    const second = host.connect('nvme0')
    expect(host.registry.ownerOf('nvme0')).toEqual(unowned('stale'))
    expect(host.registry.ownerOf('nvme0', second)).toEqual(unowned('stale'))
  })
  test('asked for an incarnation that is not there now: unknown, whether there is an entry or not', () => {
    const host = fakeHost()
    const first = host.connect('nvme0')
    const unknown = { state: 'unknown', reason: 'another controller has this name now' }
    const second = host.recycle('nvme0')
    expect(host.registry.ownerOf('nvme0', first)).toEqual(unknown)
    host.registry.publish('nvme0', 'stas')
    expect(host.registry.ownerOf('nvme0', first)).toEqual(unknown)
    host.remove('nvme0')
    expect(host.registry.ownerOf('nvme0', second)).toEqual(unknown)
  })
  test('unknown: a damaged owner, a damaged incarnation, a thing in place of the entry, sysfs out of reach', () => {
    const host = fakeHost()
    for (const device of ['nvme0', 'nvme1', 'nvme3']) {
      host.connect(device)
      host.registry.publish(device, 'stas')
    }
    host.put('nvme0', { owner: 'two\nlines\n' })
    host.put('nvme1', { incarnation: '' })
    fifo(host.path('nvme2'))
    const reasons = (): string[] =>
      ['nvme0', 'nvme1', 'nvme2', 'nvme3'].map(device => {
        const { state, ...rest } = host.registry.ownerOf(device)
        return 'reason' in rest ? `${state}: ${rest.reason}` : state
      })
    const place = `${host.path('nvme2')} is not a directory`
    expect(reasons()).toEqual([
      'unknown: its owner is more than one line',
      'unknown: its incarnation is empty',
      `unknown: ${place}`,
      'owned',
    ])
    rmSync(join(host.root, 'sys/class'), { recursive: true })
    const blind = (device: string): string =>
      `unknown: ${host.root}/sys/class cannot be read: whether ${device} is there is unknown`
    expect(reasons()).toEqual([blind('nvme0'), blind('nvme1'), `unknown: ${place}`, blind('nvme3')])
  })
  test('a damaged owner counts for nothing in an entry that is dead: stale', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.put('nvme0', { owner: '' })
    host.recycle('nvme0')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'stale' })
  })
  test.each(['EACCES', 'EIO', 'EMFILE', 'ENOMEM'])('unknown when a system call fails with %s, never an error', code => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    for (const failing of ['openDir', 'readFile']) {
      const sys = around(nodeSys(), (op, _args, call) => {
        if (op === failing) throw errno(code)
        return call()
      })
      expect(new Registry(sys, host.root).ownerOf('nvme0')).toEqual({
        state: 'unknown',
        reason: `the entry cannot be read: ${code}`,
      })
    }
  })
})

test('a link is told by ELOOP where O_DIRECTORY does not come first: damaged, as by ENOTDIR', () => {
  const host = fakeHost()
  host.connect('nvme0')
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'openDir') throw errno('ELOOP')
    return call()
  })
  const registry = new Registry(sys, host.root)
  for (const call of [
    () => registry.entries(),
    () => registry.claim('nvme0', 'x'),
    () => registry.publish('nvme0', 'x'),
  ])
    expect(refusal(call)).toMatchObject({ code: 'damaged' })
  expect(registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' })
})

test('a registry that is not there has no names', () => {
  expect(registryNames(nodeSys(), layoutBelow(fakeHost({ registry: false }).root))).toEqual([])
})

test('no reader changes anything', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.recycle('nvme0')
  host.put('nvme1', { owner: '' })
  const before = listing(host.root)
  host.registry.entries()
  for (const device of ['nvme0', 'nvme1', 'nvme2']) {
    host.registry.entry(device)
    host.registry.ownerOf(device, '1')
    host.registry.retrieve(device, 'owner')
  }
  expect(listing(host.root)).toEqual(before)
})

test('entries without the seqnum have all the rest, and no trouble with it', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'x')
  const [entry] = host.registry.entries()
  const { seqnum, ...rest } = entry ?? {}
  expect(seqnum).toBe('101')
  expect(host.registry.entries({ seqnum: true })).toEqual([entry])
  expect(host.registry.entries({ seqnum: false })).toStrictEqual([rest])
  rmSync(host.path('nvme0', 'seqnum'))
  fifo(host.path('nvme0', 'seqnum'))
  expect(host.registry.entries()).toMatchObject([{ damagedAttributes: { seqnum: 'not a regular file' } }])
  expect(host.registry.entries({ seqnum: false })).toStrictEqual([rest])
})

const said = (registry: RegistryReader | Registry): unknown => [
  registry.ownerOf('nvme0'),
  registry.ownerOf('nvme1'),
  registry.entries(),
  registry.entry('nvme0'),
  registry.retrieve('nvme0', 'note'),
]

test('a reader from the package entrance says what a registry says', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.connect('nvme1')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'x')
  expect(said(new RegistryReader({ root: host.root }))).toEqual(said(host.registry))
  const last = 'nvme2147483647'
  expect(new RegistryReader().ownerOf(last)).toEqual(new Entrance().ownerOf(last))
})
