import { rmSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isRegistryError, RegistryError, type SeenOwner } from '../src/index.ts'
import type { Registry } from '../src/registry.ts'
import { type FakeHost, fakeHost, fifo, interrupted, listing, refusal } from './host.ts'

/** nvme0, live, owned by stas, with a note; and the incarnation that it has. */
function owned(): FakeHost & { readonly its: string } {
  const host = fakeHost()
  const incarnation = host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'there')
  return { ...host, its: `${incarnation}` }
}

const GONE = { code: 'no-controller', device: 'nvme0' }
const OTHER = { code: 'owned', device: 'nvme0', owner: 'stas' }
const CHANGED = { code: 'changed', device: 'nvme0' }
const UNKNOWN = { code: 'unknown-owner', device: 'nvme0' }

type Act = (registry: Registry, expected: { incarnation?: string; owner?: SeenOwner }) => unknown
const ACTS: readonly (readonly [string, Act])[] = [
  ['update', (r, expected) => r.update('nvme0', 'note', 'mine', expected)],
  ['remove', (r, expected) => r.remove('nvme0', 'note', expected)],
  ['delete', (r, expected) => r.delete('nvme0', expected)],
]
const READS: readonly (readonly [string, Act])[] = [
  ['retrieve', (r, { incarnation }) => r.retrieve('nvme0', 'note', { incarnation })],
  ['entry', (r, { incarnation }) => r.entry('nvme0', { incarnation })],
]
const CLAIMS: readonly (readonly [string, Act])[] = [
  ['claim', (r, { incarnation }) => r.claim('nvme0', 'stas', { incarnation })],
  ['release', (r, { incarnation }) => r.release('nvme0', { incarnation })],
]

describe('an incarnation that is expected', () => {
  test.each([...ACTS, ...READS, ...CLAIMS])(
    '%s: no-controller for the next one of the name, nothing is changed',
    (_, act) => {
      const host = owned()
      host.recycle('nvme0')
      host.registry.publish('nvme0', 'stas')
      host.registry.update('nvme0', 'note', 'next')
      const before = listing(host.path())
      expect(refusal(() => act(host.registry, { incarnation: host.its }))).toEqual(GONE)
      expect(listing(host.path())).toEqual(before)
      expect(host.registry.retrieve('nvme0', 'note')).toBe('next')
    },
  )
  test.each([...ACTS, ...READS, ...CLAIMS])('%s: is the one that is there', (_, act) => {
    const host = owned()
    expect(() => act(host.registry, { incarnation: host.its })).not.toThrow()
  })
  test.each([...READS, ...ACTS.slice(0, 2)])('%s: no-controller without any entry', (_, act) => {
    const host = fakeHost()
    host.connect('nvme0')
    expect(refusal(() => act(host.registry, { incarnation: '1' }))).toEqual(GONE)
  })
})

describe('an owner that is expected', () => {
  test.each(ACTS)('%s: is the present one', (_, act) => {
    const host = owned()
    expect(() => act(host.registry, { incarnation: host.its, owner: 'stas' })).not.toThrow()
  })
  test.each(ACTS)('%s: owned by another, nothing is changed', (_, act) => {
    const host = owned()
    const before = listing(host.path())
    for (const owner of ['nbft', null, { unreadable: true }] as const)
      expect(refusal(() => act(host.registry, { owner }))).toEqual(OTHER)
    expect(listing(host.path())).toEqual(before)
  })
  test.each(ACTS)('%s: changed where it is unowned now, nothing is changed', (_, act) => {
    const host = owned()
    host.registry.release('nvme0')
    const before = listing(host.path())
    for (const owner of ['stas', { unreadable: true }] as const)
      expect(refusal(() => act(host.registry, { owner }))).toEqual(CHANGED)
    expect(listing(host.path())).toEqual(before)
    expect(() => act(host.registry, { owner: null })).not.toThrow()
  })
  test.each(ACTS)('%s: one that cannot be read is no other, unless it was shown so', (_, act) => {
    const host = owned()
    rmSync(host.path('nvme0/owner'))
    fifo(host.path('nvme0/owner'))
    for (const owner of ['stas', null] as const) expect(refusal(() => act(host.registry, { owner }))).toEqual(UNKNOWN)
    expect(() => act(host.registry, { owner: { unreadable: true } })).not.toThrow()
  })
  test('update makes no entry for an owner, and one for what is unowned', () => {
    const host = fakeHost()
    host.connect('nvme0')
    expect(refusal(() => host.registry.update('nvme0', 'note', 'x', { owner: 'stas' }))).toEqual(CHANGED)
    expect(listing(host.path())).toEqual([])
    host.registry.update('nvme0', 'note', 'x', { owner: null })
    expect(host.registry.retrieve('nvme0', 'note')).toBe('x')
  })
  test("an entry of the controller before says nothing of this one's owner", () => {
    const host = owned()
    host.recycle('nvme0')
    expect(refusal(() => host.registry.update('nvme0', 'note', 'x', { owner: 'stas' }))).toEqual(CHANGED)
    expect(refusal(() => host.registry.remove('nvme0', 'note', { owner: 'stas' }))).toEqual(CHANGED)
    expect(host.registry.remove('nvme0', 'note', { owner: null })).toBe(false)
    expect(refusal(() => host.registry.remove('nvme1', 'note', { owner: 'stas' }))).toEqual({
      ...CHANGED,
      device: 'nvme1',
    })
  })
})

test('a release of what is unowned only takes no owner away', () => {
  const host = owned()
  expect(refusal(() => host.registry.release('nvme0', { owner: null }))).toEqual(OTHER)
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  host.registry.release('nvme0', { owner: 'stas' })
  expect(host.registry.release('nvme0', { owner: null })).toBeUndefined()
})

describe('a claim that says from whom', () => {
  test('takes it from that owner', () => {
    const host = owned()
    expect(host.registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' })).toEqual({
      outcome: 'stolen',
      from: 'stas',
    })
  })
  test('takes it from no other, and makes no entry', () => {
    const host = owned()
    for (const from of ['other', null])
      expect(refusal(() => host.registry.claim('nvme0', 'nbft', { steal: true, from }))).toEqual(OTHER)
    host.registry.release('nvme0')
    expect(refusal(() => host.registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' }))).toEqual(CHANGED)
    host.registry.delete('nvme0')
    host.remove('nvme0')
    host.registry.reap('nvme0')
    host.connect('nvme0')
    expect(refusal(() => host.registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' }))).toEqual(CHANGED)
    expect(listing(host.path())).toEqual([])
    expect(host.registry.claim('nvme0', 'nbft', { from: null })).toEqual({ outcome: 'claimed' })
  })
  test('is refused if another was faster than the look', () => {
    const host = owned()
    const steals = (): unknown => host.registry.claim('nvme0', 'faster', { steal: true })
    const registry = interrupted(host, 'writeFile', 1, () => void steals())
    expect(refusal(() => registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' }))).toEqual({
      ...OTHER,
      owner: 'faster',
    })
  })
})

describe('a delete of what was seen', () => {
  test("compares a stale entry's own incarnation and owner", () => {
    const host = owned()
    host.remove('nvme0')
    for (const expected of [{ owner: 'nbft' }, { owner: null }])
      expect(refusal(() => host.registry.delete('nvme0', expected))).toEqual(OTHER)
    expect(refusal(() => host.registry.delete('nvme0', { incarnation: '1', owner: 'stas' }))).toEqual(GONE)
    expect(host.registry.delete('nvme0', { incarnation: host.its, owner: 'stas' })).toBe(true)
    expect(listing(host.path())).toEqual([])
  })
  test("of an entry without incarnation: while the name is the controller's that was there", () => {
    const host = fakeHost()
    const incarnation = `${host.connect('nvme0')}`
    host.put('nvme0', { owner: 'libnvme\n' })
    expect(refusal(() => host.registry.delete('nvme0', { incarnation: '1' }))).toEqual(GONE)
    expect(host.registry.delete('nvme0', { incarnation, owner: 'libnvme' })).toBe(true)
    host.put('nvme0', { owner: 'libnvme\n' })
    host.remove('nvme0')
    expect(host.registry.delete('nvme0', { owner: 'libnvme' })).toBe(true)
    expect(listing(host.path())).toEqual([])
  })
  test('of what has no entry any more: there was none', () => {
    const host = fakeHost()
    expect(host.registry.delete('nvme0', { incarnation: '1', owner: 'stas' })).toBe(false)
  })
  test('takes links along that stand for an owner', () => {
    const host = owned()
    rmSync(host.path('nvme0/owner'))
    symlinkSync('condemned', host.path('nvme0/owner'))
    expect(host.registry.delete('nvme0', { owner: { unreadable: true } })).toBe(true)
  })
})

test('an error of another copy of the package is known by its name and code', () => {
  class RegistryErrorOfAnotherCopy extends Error {
    override readonly name = 'RegistryError'
    readonly code = 'owned'
  }
  expect(isRegistryError(new RegistryErrorOfAnotherCopy('x'))).toBe(true)
  expect(isRegistryError(new RegistryError('busy', 'x'))).toBe(true)
  expect([new Error('x'), { name: 'RegistryError', code: 'owned' }, undefined, null].some(isRegistryError)).toBe(false)
})
