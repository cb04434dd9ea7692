import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { around, fakeHost, inode, listing, mode, refusal, withUmask } from './host.ts'

const RESERVED = ['owner', 'seqnum', 'incarnation']

describe('update', () => {
  test('sets an attribute of an entry, mode 0644 under umask 077, and leaves no other file', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    withUmask(0o077, () => host.registry.update('nvme0', 'note', 'hello'))
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'note', 'owner', 'seqnum'])
    expect(mode(host.path('nvme0/note'))).toBe('644')
    expect(host.registry.retrieve('nvme0', 'note')).toBe('hello')
  })
  test('replaces a value in one step: the file is another inode, never a rewritten one', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'one')
    const before = inode(host.path('nvme0/note'))
    host.registry.update('nvme0', 'note', 'two')
    expect(inode(host.path('nvme0/note'))).not.toBe(before)
    expect(host.registry.retrieve('nvme0', 'note')).toBe('two')
  })
  test('makes a complete entry where there is none; the controller stays unowned', () => {
    const host = fakeHost({ registry: false })
    const incarnation = host.connect('nvme0')
    withUmask(0o077, () => host.registry.update('nvme0', 'note', 'hello'))
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, note: 'hello\n', seqnum: '101\n' })
    expect(mode(host.path('nvme0'))).toBe('755')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
  })
  test("replaces a dead predecessor's entry and writes nothing into it", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    const incarnation = host.recycle('nvme0')
    host.registry.update('nvme0', 'note', 'hello')
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, note: 'hello\n', seqnum: '103\n' })
  })
  test('of a controller that is not there: no-controller, and nothing is made', () => {
    const host = fakeHost({ registry: false })
    const before = listing(host.root)
    expect(refusal(() => host.registry.update('nvme0', 'note', 'x'))).toEqual({
      code: 'no-controller',
      device: 'nvme0',
    })
    expect(listing(host.root)).toEqual(before)
  })
  test('follows the entry when libnvme replaces it meanwhile: the value is in the new one', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    let once = true
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'rename' && once) {
        once = false
        renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
        host.put('nvme0', { owner: 'theirs\n' })
      }
      return call()
    })
    new Registry(sys, host.root).update('nvme0', 'note', 'hello')
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, note: 'hello\n', owner: 'theirs\n' })
  })
  test('of a controller that goes while it is written: no-controller, and its entry goes too', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'rename') host.remove('nvme0')
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).update('nvme0', 'note', 'x'))).toMatchObject({
      code: 'no-controller',
    })
    expect(listing(host.path())).toEqual([])
  })
})

describe('remove', () => {
  test('removes an attribute once', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'hello')
    expect(host.registry.remove('nvme0', 'note')).toBe(true)
    expect(host.registry.remove('nvme0', 'note')).toBe(false)
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'seqnum'])
  })
  test('makes nothing where there is nothing', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    const before = listing(host.root)
    expect(host.registry.remove('nvme0', 'note')).toBe(false)
    expect(listing(host.root)).toEqual(before)
  })
  test("leaves a dead predecessor's attribute", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'past')
    host.recycle('nvme0')
    expect(host.registry.remove('nvme0', 'note')).toBe(false)
    expect(host.files('nvme0')).toMatchObject({ note: 'past\n' })
  })
  test('needs no node: the controller may be out of reach', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'hello')
    unlinkSync(join(host.root, 'dev/nvme0'))
    expect(host.registry.remove('nvme0', 'note')).toBe(true)
  })
})

describe('retrieve', () => {
  test('reads private and reserved attributes', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.registry.update('nvme0', 'note', 'hello')
    expect(['owner', 'seqnum', 'incarnation', 'note'].map(name => host.registry.retrieve('nvme0', name))).toEqual([
      'stas',
      '101',
      incarnation,
      'hello',
    ])
  })
  test('knows nothing of a missing attribute, a missing entry, a missing registry', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.connect('nvme1')
    host.registry.publish('nvme0', 'stas')
    expect(host.registry.retrieve('nvme0', 'note')).toBeUndefined()
    expect(host.registry.retrieve('nvme1', 'owner')).toBeUndefined()
    expect(fakeHost({ registry: false }).registry.retrieve('nvme0', 'owner')).toBeUndefined()
  })
  test("tells nothing from a dead controller's entry, recycled or not", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    host.recycle('nvme0')
    expect(host.registry.retrieve('nvme0', 'owner')).toBeUndefined()
    host.remove('nvme0')
    expect(host.registry.retrieve('nvme0', 'owner')).toBeUndefined()
  })
})

describe('reserved attributes', () => {
  test.each(RESERVED)('%s is neither updated nor removed, not even where nothing is', name => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    for (const device of ['nvme0', 'nvme1']) {
      expect(refusal(() => host.registry.update(device, name, '1'))).toEqual({ code: 'reserved-attribute' })
      expect(refusal(() => host.registry.remove(device, name))).toEqual({ code: 'reserved-attribute' })
    }
    expect(listing(host.root)).toEqual(before)
  })
  test('are exact names: others that merely look so are private', () => {
    const host = fakeHost()
    host.connect('nvme0')
    for (const name of ['Owner', 'owner2', 'owner-tmp', '_owner']) host.registry.update('nvme0', name, 'x')
    expect(Object.keys(host.registry.entry('nvme0')?.attributes ?? {})).toEqual([
      'Owner',
      '_owner',
      'owner-tmp',
      'owner2',
    ])
  })
  test.each(['constructor', 'toString', 'hasOwnProperty'])('%s is a name like any other', name => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', name, 'x')
    expect(host.registry.entry('nvme0')?.attributes).toEqual({ [name]: 'x' })
  })
  test('__proto__ is a name like any other', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', '__proto__', 'x')
    expect(host.registry.retrieve('nvme0', '__proto__')).toBe('x')
    expect(Object.keys(host.registry.entry('nvme0')?.attributes ?? {})).toEqual(['__proto__'])
  })
})
