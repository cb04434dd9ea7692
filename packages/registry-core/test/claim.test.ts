import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, fakeHost, fifo, inode, listing, mode, refusal, withUmask } from './host.ts'

describe('claim', () => {
  test('of a controller without entry makes a complete one', () => {
    const host = fakeHost({ registry: false })
    const incarnation = host.connect('nvme0')
    expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '101\n' })
  })
  test('of an entry without owner gives it one and keeps the rest', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'kept')
    withUmask(0o077, () => expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' }))
    expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n', note: 'kept\n' })
    expect(mode(host.path('nvme0/owner'))).toBe('644')
    expect(listing(host.path()).filter(line => line.includes('.tmp.'))).toEqual([])
  })
  test('of our own: already-ours, nothing is touched, and stealing changes nothing about that', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'already-ours' })
    expect(host.registry.claim('nvme0', 'stas', { steal: true })).toEqual({ outcome: 'already-ours' })
    expect(listing(host.root)).toEqual(before)
  })
  test("of somebody else's is refused with the owner's name, and nothing is touched", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    expect(refusal(() => host.registry.claim('nvme0', 'other'))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'stas',
    })
    expect(listing(host.root)).toEqual(before)
  })
  test("with steal takes somebody else's, says from whom, and keeps the attributes", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.registry.update('nvme0', 'note', 'kept')
    expect(host.registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'stas' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n', note: 'kept\n' })
  })
  test('of an incarnation that is not there any more touches nothing, and neither does its release', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    const gone = { code: 'no-controller', device: 'nvme0' }
    const other = { steal: true, incarnation: `${incarnation}0` }
    expect(refusal(() => host.registry.claim('nvme0', 'other', other))).toEqual(gone)
    expect(refusal(() => host.registry.release('nvme0', { incarnation: other.incarnation }))).toEqual(gone)
    expect(listing(host.root)).toEqual(before)
    expect(host.registry.claim('nvme0', 'other', { ...other, incarnation: `${incarnation}` }).outcome).toBe('stolen')
    expect(host.registry.release('nvme0', { owner: 'other', incarnation: `${incarnation}` })).toBe('other')
  })
  test("with steal of nobody's is a claim, not a theft", () => {
    const host = fakeHost()
    host.connect('nvme0')
    expect(host.registry.claim('nvme0', 'stas', { steal: true })).toEqual({ outcome: 'claimed' })
  })
  test("of a number whose entry is a dead controller's replaces it: the past owner is not asked", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    const incarnation = host.recycle('nvme0')
    expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '103\n' })
  })
  test("gives libnvme's entry of a live controller its incarnation, in the same directory", () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.put('nvme0', { seqnum: '99\n', note: 'theirs\n' })
    const before = inode(host.path('nvme0'))
    expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(inode(host.path('nvme0'))).toBe(before)
    expect(host.files('nvme0')).toEqual({
      incarnation: `${incarnation}\n`,
      note: 'theirs\n',
      owner: 'stas\n',
      seqnum: '99\n',
    })
  })
  test("of libnvme's entry for the same owner identifies it; for another owner it is refused and left", () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.put('nvme0', { owner: 'stas\n' })
    expect(refusal(() => host.registry.claim('nvme0', 'other'))).toMatchObject({ code: 'owned', owner: 'stas' })
    expect(host.files('nvme0')).toEqual({ owner: 'stas\n' })
    expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'already-ours' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n' })
  })
  test.each(['ENOENT', 'EAGAIN', 'ENXIO', 'ENODEV'])('of a controller whose node gives %s: no-controller', code => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'openNode') throw errno(code)
      return call()
    })
    const before = listing(host.root)
    expect(refusal(() => new Registry(sys, host.root).claim('nvme0', 'stas'))).toEqual({
      code: 'no-controller',
      device: 'nvme0',
    })
    expect(listing(host.root)).toEqual(before)
  })
  test('of a number with a node and no controller (a stray file in /dev): no-controller', () => {
    const host = fakeHost({ registry: false })
    writeFileSync(join(host.root, 'dev/nvme0'), '')
    expect(refusal(() => host.registry.claim('nvme0', 'stas'))).toEqual({ code: 'no-controller', device: 'nvme0' })
  })
  test('of a controller that goes before the owner is written: no-controller, and nothing of the claim stays', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'there')
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'link') host.remove('nvme0')
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).claim('nvme0', 'stas'))).toMatchObject({ code: 'no-controller' })
    expect(listing(host.path())).toEqual([])
  })
  test('of two claimers in the same instant one wins, and the other learns who', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'there')
    let once = true
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'link' && once) {
        once = false
        host.registry.claim('nvme0', 'faster')
      }
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).claim('nvme0', 'stas'))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'faster',
    })
    expect(host.files('nvme0')).toMatchObject({ owner: 'faster\n' })
  })
  test('holds the node while it works and lets go afterwards, also of a refused one', () => {
    const host = fakeHost()
    host.connect('nvme0')
    const held: number[] = []
    const heldWhileWriting: number[] = []
    const sys = around(nodeSys(), (op, args, call) => {
      const result = call()
      if (op === 'openNode') held.push(result as number)
      if (op === 'close' && held.includes(args[0] as number)) held.splice(held.indexOf(args[0] as number), 1)
      if (op === 'rename' || op === 'link' || op === 'writeFile') heldWhileWriting.push(held.length)
      return result
    })
    const registry = new Registry(sys, host.root)
    registry.claim('nvme0', 'stas')
    expect(held).toEqual([])
    expect(new Set(heldWhileWriting)).toEqual(new Set([1]))
    expect(refusal(() => registry.claim('nvme0', 'other'))).toMatchObject({ code: 'owned' })
    expect(held).toEqual([])
  })
})

describe('release', () => {
  test('makes a controller unowned, says who had it, and leaves the entry', () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    expect(host.registry.release('nvme0')).toBe('stas')
    expect(host.files('nvme0')).toEqual({
      incarnation: `${incarnation}\n`,
      owner: '-> .released',
      'owner.tmp.step-1': expect.any(String),
      seqnum: '101\n',
    })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
  })
  test('from the owner that is expected', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    expect(host.registry.release('nvme0', { owner: 'stas' })).toBe('stas')
  })
  test('from another owner than expected is refused with the name, and nothing is touched', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    expect(refusal(() => host.registry.release('nvme0', { owner: 'other' }))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'stas',
    })
    expect(listing(host.root)).toEqual(before)
  })
  test('of what nobody owns does nothing: no registry, no entry, no owner', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    const before = listing(host.root)
    expect(host.registry.release('nvme0')).toBeUndefined()
    expect(listing(host.root)).toEqual(before)
    host.registry.update('nvme0', 'note', 'there')
    expect(host.registry.release('nvme0', { owner: 'stas' })).toBeUndefined()
  })
  test("never touches a dead predecessor's entry", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'past')
    host.recycle('nvme0')
    const before = listing(host.root)
    expect(host.registry.release('nvme0')).toBeUndefined()
    expect(listing(host.root)).toEqual(before)
  })
  test('of a controller that is not there: no-controller', () => {
    const host = fakeHost()
    expect(refusal(() => host.registry.release('nvme0'))).toEqual({ code: 'no-controller', device: 'nvme0' })
  })
  test.each([undefined, 'stas'])('of an owner that cannot be read (expected: %s): unknown-owner, and it stays', who => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'there')
    fifo(host.path('nvme0/owner'))
    expect(refusal(() => host.registry.release('nvme0', { owner: who }))).toEqual({
      code: 'unknown-owner',
      device: 'nvme0',
    })
    rmSync(host.path('nvme0/owner'))
  })
})
