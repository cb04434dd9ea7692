import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeHost, fakeHost, fifo, listing, mode, refusal, socket } from './host.ts'

/** What may stand where a value should: how to make it, and what is said of it. */
const DAMAGE: readonly [name: string, make: (path: string) => void, reason: string][] = [
  ['a FIFO', fifo, 'not a regular file'],
  ['a directory', path => void mkdirSync(path), 'not a regular file'],
  ['a socket', socket, 'not a regular file'],
  ['a symbolic link to a good value', path => symlinkSync('seqnum', path), 'a symbolic link'],
  ['a symbolic link out of the registry', path => symlinkSync('/etc/passwd', path), 'a symbolic link'],
  ['a symbolic link to nowhere', path => symlinkSync('nowhere', path), 'a symbolic link'],
  ['empty', path => writeFileSync(path, ''), 'empty'],
  ['only a newline', path => writeFileSync(path, '\n'), 'empty'],
  ['two lines', path => writeFileSync(path, 'stas\nother\n'), 'more than one line'],
  ['followed by an empty line', path => writeFileSync(path, 'stas\n\n'), 'more than one line'],
  ['binary', path => writeFileSync(path, Uint8Array.of(0xff, 0xfe, 0)), 'not UTF-8'],
  ['a NUL', path => writeFileSync(path, 'st\0as\n'), 'not printable'],
  ['an escape sequence', path => writeFileSync(path, '\u001b[31mstas\n'), 'not printable'],
  ['a MiB', path => writeFileSync(path, 'x'.repeat(1 << 20)), 'longer than 4096 bytes'],
  ['4097 bytes and a newline', path => writeFileSync(path, `${'x'.repeat(4097)}\n`), 'longer than 4096 bytes'],
]

/** rename(2) puts a file in the place of anything but a directory. */
const REPLACEABLE = DAMAGE.filter(([name]) => name !== 'a directory')

function registered(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'x')
  return host
}

describe.each(DAMAGE)('an owner that is %s', (_, make, reason) => {
  const damaged = (): FakeHost => {
    const host = registered()
    rmSync(host.path('nvme0/owner'))
    make(host.path('nvme0/owner'))
    return host
  }
  test('is unknown, never unowned; the entry is damaged and says why; the rest of it can be read', () => {
    const host = damaged()
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unknown', reason: `its owner is ${reason}` })
    const entry = host.registry.entry('nvme0')
    expect(entry).toMatchObject({
      state: 'damaged',
      reason: `its owner is ${reason}`,
      seqnum: '101',
      attributes: { note: 'x' },
      damagedAttributes: { owner: reason },
    })
    expect(entry).not.toHaveProperty('owner')
    expect(refusal(() => host.registry.retrieve('nvme0', 'owner'))).toEqual({ code: 'damaged', device: 'nvme0' })
  })
  test('is neither claimed, released nor published over, and nothing is touched', () => {
    const host = damaged()
    const before = listing(host.root)
    const unknown = { code: 'unknown-owner', device: 'nvme0' }
    expect(refusal(() => host.registry.claim('nvme0', 'other'))).toEqual(unknown)
    expect(refusal(() => host.registry.release('nvme0'))).toEqual(unknown)
    expect(refusal(() => host.registry.release('nvme0', { owner: 'stas' }))).toEqual(unknown)
    expect(refusal(() => host.registry.publish('nvme0', 'other'))).toEqual(unknown)
    expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'alive' })
    expect(listing(host.root)).toEqual(before)
  })
})

describe.each(REPLACEABLE)('an owner that is %s', (_, make) => {
  test('can be stolen from nobody in particular, and is repaired by that', () => {
    const host = registered()
    rmSync(host.path('nvme0/owner'))
    make(host.path('nvme0/owner'))
    expect(host.registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'other' })
  })
})

test('an owner that is a directory cannot be stolen either: io, and nothing is touched', () => {
  const host = registered()
  rmSync(host.path('nvme0/owner'))
  mkdirSync(host.path('nvme0/owner'))
  const before = listing(host.root)
  expect(refusal(() => host.registry.claim('nvme0', 'other', { steal: true }))).toEqual({ code: 'io' })
  expect(listing(host.root)).toEqual(before)
})

describe.each(DAMAGE)('an incarnation that is %s', (_, make, reason) => {
  test('makes a live entry damaged: unknown, and refused by every writer', () => {
    const host = registered()
    rmSync(host.path('nvme0/incarnation'))
    make(host.path('nvme0/incarnation'))
    const before = listing(host.root)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unknown', reason: `its incarnation is ${reason}` })
    expect(host.registry.entry('nvme0')).toMatchObject({ state: 'damaged', reason: `its incarnation is ${reason}` })
    const damaged = { code: 'damaged', device: 'nvme0' }
    expect(refusal(() => host.registry.publish('nvme0', 'other'))).toEqual(damaged)
    expect(refusal(() => host.registry.claim('nvme0', 'other', { steal: true }))).toEqual(damaged)
    expect(refusal(() => host.registry.update('nvme0', 'note', 'y'))).toEqual(damaged)
    expect(refusal(() => host.registry.release('nvme0'))).toEqual(damaged)
    expect(refusal(() => host.registry.remove('nvme0', 'note'))).toEqual(damaged)
    expect(refusal(() => host.registry.retrieve('nvme0', 'note'))).toEqual(damaged)
    expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'damaged' })
    expect(listing(host.root)).toEqual(before)
  })
})

test.each(DAMAGE)('a private attribute that is %s: the entry lives and says which one', (_, make, reason) => {
  const host = registered()
  rmSync(host.path('nvme0/note'))
  make(host.path('nvme0/note'))
  expect(host.registry.entry('nvme0')).toMatchObject({
    state: 'live',
    owner: 'stas',
    attributes: {},
    damagedAttributes: { note: reason },
  })
  expect(refusal(() => host.registry.retrieve('nvme0', 'note'))).toEqual({ code: 'damaged', device: 'nvme0' })
})

test.each(REPLACEABLE)('a private attribute that is %s: update repairs it, remove removes it', (_, make) => {
  const host = registered()
  const damage = (): void => {
    rmSync(host.path('nvme0/note'))
    make(host.path('nvme0/note'))
  }
  damage()
  host.registry.update('nvme0', 'note', 'y')
  expect(host.registry.retrieve('nvme0', 'note')).toBe('y')
  damage()
  expect(host.registry.remove('nvme0', 'note')).toBe(true)
  expect(host.registry.entry('nvme0')).toMatchObject({ attributes: {}, damagedAttributes: {} })
})

test('a private attribute that is a directory: update and remove fail with io, and it stays', () => {
  const host = registered()
  rmSync(host.path('nvme0/note'))
  mkdirSync(host.path('nvme0/note'))
  const before = listing(host.root)
  expect(refusal(() => host.registry.update('nvme0', 'note', 'y'))).toEqual({ code: 'io' })
  expect(refusal(() => host.registry.remove('nvme0', 'note'))).toEqual({ code: 'io' })
  expect(listing(host.root)).toEqual(before)
})

test('modes that are not ours are left as they are, by readers and by writers', () => {
  const host = registered()
  chmodSync(host.path(), 0o700)
  chmodSync(host.path('nvme0'), 0o777)
  for (const name of ['owner', 'seqnum', 'incarnation']) chmodSync(host.path('nvme0', name), 0o600)
  expect(host.registry.entry('nvme0')).toMatchObject({ state: 'live', owner: 'stas' })
  host.registry.update('nvme0', 'note', 'y')
  expect(['', 'nvme0', 'nvme0/owner', 'nvme0/note'].map(name => mode(host.path(name)))).toEqual([
    '700',
    '777',
    '600',
    '644',
  ])
})

/** What may stand where an entry or the registry itself should. */
const IN_PLACE: readonly [name: string, make: (path: string) => void][] = [
  ['a file', path => writeFileSync(path, '')],
  ['a FIFO', fifo],
  ['a symbolic link to a good one', path => symlinkSync('elsewhere', path)],
  ['a symbolic link to nowhere', path => symlinkSync('nowhere', path)],
]

describe.each(IN_PLACE)('%s in place of an entry', (_, make) => {
  test('is damaged for every reader, refused by every writer, left by reap and sweep', () => {
    const host = registered()
    renameSync(host.path('nvme0'), host.path('elsewhere'))
    make(host.path('nvme0'))
    const before = listing(host.root)
    const damaged = { code: 'damaged', device: 'nvme0' }
    const reason = `${host.path('nvme0')} is not a directory`
    expect(host.registry.entry('nvme0')).toEqual({
      device: 'nvme0',
      state: 'damaged',
      reason,
      attributes: {},
      damagedAttributes: {},
    })
    expect(host.registry.entries()).toHaveLength(1)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unknown', reason })
    for (const call of [
      () => host.registry.retrieve('nvme0', 'owner'),
      () => host.registry.publish('nvme0', 'other'),
      () => host.registry.claim('nvme0', 'other', { steal: true }),
      () => host.registry.release('nvme0'),
      () => host.registry.update('nvme0', 'note', 'y'),
      () => host.registry.remove('nvme0', 'note'),
      () => host.registry.delete('nvme0'),
    ])
      expect(refusal(call)).toEqual(damaged)
    expect(host.registry.reap('nvme0', '999')).toEqual({ outcome: 'kept', reason: 'damaged' })
    expect(host.registry.sweep()).toEqual({
      removed: [],
      kept: [{ device: 'nvme0', reason: 'damaged' }],
      leftovers: [],
    })
    expect(listing(host.root)).toEqual(before)
  })
})

describe.each(IN_PLACE)('%s in place of the registry', (_, make) => {
  test('is damaged for every writer and for the list, and is not replaced', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    mkdirSync(join(host.root, 'run/nvme/elsewhere'), { recursive: true })
    make(host.path())
    const before = listing(host.root)
    for (const call of [
      () => host.registry.publish('nvme0', 'stas'),
      () => host.registry.claim('nvme0', 'stas'),
      () => host.registry.update('nvme0', 'note', 'x'),
      () => host.registry.entries(),
      () => host.registry.sweep(),
    ])
      expect(refusal(call)).toMatchObject({ code: 'damaged' })
    expect(listing(host.root)).toEqual(before)
  })
})

test.each(IN_PLACE)('%s in place of the registry: nobody is called unowned', (_, make) => {
  const host = fakeHost({ registry: false })
  host.connect('nvme0')
  mkdirSync(join(host.root, 'run/nvme/elsewhere'), { recursive: true })
  make(host.path())
  expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' })
  expect(host.registry.entry('nvme0')).toMatchObject({ state: 'damaged' })
  expect(refusal(() => host.registry.retrieve('nvme0', 'owner'))).toEqual({ code: 'damaged', device: 'nvme0' })
  expect(host.registry.reap('nvme0')).toEqual({ outcome: 'kept', reason: 'damaged' })
})

describe('a directory in an entry', () => {
  test('is a damaged attribute of its name, and the rest can be read', () => {
    const host = registered()
    mkdirSync(host.path('nvme0/sub'))
    expect(host.registry.entry('nvme0')).toMatchObject({
      state: 'live',
      owner: 'stas',
      damagedAttributes: { sub: 'not a regular file' },
    })
  })
  test('makes publish over a dead entry fail with damaged and leaves it stale', () => {
    const host = registered()
    mkdirSync(host.path('nvme0/sub'))
    host.recycle('nvme0')
    expect(refusal(() => host.registry.publish('nvme0', 'new'))).toEqual({ code: 'damaged' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'stale' })
    expect(listing(host.path()).filter(line => line.startsWith('.'))).toEqual([])
  })
  test('makes delete fail with damaged and takes nothing: a failed delete disowns nobody', () => {
    const host = registered()
    mkdirSync(host.path('nvme0/sub'))
    expect(refusal(() => host.registry.delete('nvme0'))).toMatchObject({ code: 'damaged' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
})

function odd(): FakeHost {
  const host = registered()
  writeFileSync(Buffer.concat([Buffer.from(host.path('nvme0/')), Buffer.of(0xff)]), 'x')
  return host
}

describe('a file whose name is not UTF-8 in a dead entry', () => {
  test('never makes it read as owned', () => {
    const host = odd()
    host.remove('nvme0')
    host.registry.reap('nvme0')
    host.connect('nvme0')
    expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unowned' })
  })
  test('is damage, which reap says', () => {
    const host = odd()
    host.remove('nvme0')
    expect(host.registry.reap('nvme0')).toMatchObject({ outcome: 'kept', reason: 'damaged' })
  })
})
