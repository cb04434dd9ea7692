import { renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/place.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, type FakeHost, fakeHost, fifo, interrupted, listing, refusal } from './host.ts'

/** What others do between two calls of a claim, a steal or a release; each a schedule of its own. */

function connected(entry: 'no entry' | 'unowned' | 'owned' = 'no entry'): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  if (entry === 'unowned') host.registry.update('nvme0', 'note', 'there')
  if (entry === 'owned') host.registry.publish('nvme0', 'stas')
  return host
}

/** libnvme's create: the entry is moved away and another one put there. */
function libnvmeReplaces(host: FakeHost, files: Record<string, string>): void {
  renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
  rmSync(host.path('.trash.a1B2c3'), { recursive: true })
  host.put('nvme0', files)
}

const busy = { code: 'busy', device: 'nvme0' }

describe('a claim begins again', () => {
  test('when the entry was removed before its value could be written', () => {
    const host = connected('unowned')
    const registry = interrupted(host, 'writeFile', 1, () => rmSync(host.path('nvme0'), { recursive: true }))
    expect(registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
  test('when libnvme replaced the entry after it was claimed, and finds who owns it now', () => {
    const host = connected('unowned')
    const registry = interrupted(host, 'unlink', 1, () => libnvmeReplaces(host, { owner: 'theirs\n' }))
    expect(refusal(() => registry.claim('nvme0', 'stas'))).toEqual({ code: 'owned', device: 'nvme0', owner: 'theirs' })
    expect(host.files('nvme0')).toEqual({ owner: 'theirs\n' })
  })
  test("when a cleaner condemns libnvme's directory first: it makes an entry of its own", () => {
    const host = connected()
    host.put('nvme0', { note: 'theirs\n' })
    const registry = interrupted(host, 'link', 1, () => symlinkSync('condemned', host.path('nvme0/incarnation')))
    expect(registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.registry.entry('nvme0')).toMatchObject({ state: 'live', owner: 'stas', attributes: {} })
  })
  test('as often as a race can be meant, and then is busy', () => {
    const host = connected('unowned')
    let tries = 0
    const registry = interrupted(host, 'stat', 'every', () => {
      // Right before it looks whether the entry is still the one that it wrote into.
      if (host.files('nvme0')?.['owner'] !== 'stas\n') return
      tries++
      libnvmeReplaces(host, { note: 'theirs\n' })
    })
    expect(refusal(() => registry.claim('nvme0', 'stas'))).toEqual(busy)
    expect(tries).toBe(ATTEMPTS)
  })
})

describe('a claim of a controller that goes', () => {
  test('before its new entry has its name: no-controller, and nothing of it stays', () => {
    const host = connected()
    const registry = interrupted(host, 'rename', 1, () => host.remove('nvme0'))
    expect(refusal(() => registry.claim('nvme0', 'stas'))).toEqual({ code: 'no-controller', device: 'nvme0' })
    expect(listing(host.path())).toEqual([])
  })
  test('after it was written: no-controller, and the entry goes with it', () => {
    const host = connected('unowned')
    const registry = interrupted(host, 'unlink', 1, () => host.remove('nvme0'))
    expect(refusal(() => registry.claim('nvme0', 'stas'))).toEqual({ code: 'no-controller', device: 'nvme0' })
    expect(listing(host.path())).toEqual([])
  })
})

/** An owned entry, and a registry that looks for others of ours, which is between its first look at the owner and its last. */
function betweenLooks(meanwhile: (host: FakeHost) => void): readonly [FakeHost, Registry] {
  const host = connected('owned')
  return [host, interrupted(host, 'readdir', 1, () => meanwhile(host))]
}

describe('a steal, between its first look and its last', () => {
  test('finds that it was released: then it is a claim', () => {
    const [host, registry] = betweenLooks(({ path }) => unlinkSync(path('nvme0/owner')))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'claimed' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n' })
  })
  test('finds that it was stolen for the same owner: already-ours', () => {
    const [host, registry] = betweenLooks(({ put }) => put('nvme0', { owner: 'other\n' }))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'already-ours' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', 'seqnum'])
  })
  test('finds another owner than at first: it says from whom it took it', () => {
    const [, registry] = betweenLooks(({ put }) => put('nvme0', { owner: 'between\n' }))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'between' })
  })
  test('finds an owner that cannot be read: from nobody that it could name', () => {
    const [, registry] = betweenLooks(host => {
      unlinkSync(host.path('nvme0/owner'))
      fifo(host.path('nvme0/owner'))
    })
    expect(registry.claim('nvme0', 'other', { steal: true })).toStrictEqual({ outcome: 'stolen' })
  })
  test('finds another of ours at it: busy, and neither owner nor file is left changed', () => {
    const host = connected('owned')
    const token = nodeSys().token()
    const registry = interrupted(host, 'readdir', 1, () => host.put('nvme0', { [`owner.tmp.${token}`]: '' }))
    expect(refusal(() => registry.claim('nvme0', 'other', { steal: true }))).toEqual(busy)
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', `owner.tmp.${token}`, 'seqnum'])
    expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n' })
  })
})

describe('a release, between its first look and its last', () => {
  test('finds another owner: it begins again and is refused', () => {
    const [host, registry] = betweenLooks(({ put }) => put('nvme0', { owner: 'other\n' }))
    expect(refusal(() => registry.release('nvme0', { owner: 'stas' }))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'other',
    })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n' })
  })
  test('finds another owner and releases whoever it is: it says the last one', () => {
    const [host, registry] = betweenLooks(({ put }) => put('nvme0', { owner: 'other\n' }))
    expect(registry.release('nvme0')).toBe('other')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
  })
  test('finds that it was released: from nobody', () => {
    const [, registry] = betweenLooks(({ path }) => unlinkSync(path('nvme0/owner')))
    expect(registry.release('nvme0')).toBeUndefined()
  })
  test('finds an owner that cannot be read: unknown-owner, and it stays', () => {
    const [host, registry] = betweenLooks(({ path }) => {
      unlinkSync(path('nvme0/owner'))
      fifo(path('nvme0/owner'))
    })
    expect(refusal(() => registry.release('nvme0'))).toEqual({ code: 'unknown-owner', device: 'nvme0' })
    unlinkSync(host.path('nvme0/owner'))
  })
  test('finds the entry removed: from nobody', () => {
    const host = connected('owned')
    const registry = interrupted(host, 'writeFile', 1, () => rmSync(host.path('nvme0'), { recursive: true }))
    expect(registry.release('nvme0')).toBeUndefined()
  })
  test('finds another owner every time: busy, as often as a race can be meant', () => {
    const host = connected('owned')
    let tries = 0
    const registry = interrupted(host, 'readdir', 'every', () => host.put('nvme0', { owner: `other${tries++}\n` }))
    expect(refusal(() => registry.release('nvme0'))).toEqual(busy)
    expect(tries).toBe(ATTEMPTS)
  })
  test('fails: io at once, not a race to be run again, and the owner stays', () => {
    const host = connected('owned')
    let failures = 0
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op !== 'writeFile') return call()
      failures++
      throw errno('ENOSPC')
    })
    expect(refusal(() => new Registry(sys, host.root).release('nvme0'))).toEqual({ code: 'io' })
    expect(failures).toBe(1)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
})
