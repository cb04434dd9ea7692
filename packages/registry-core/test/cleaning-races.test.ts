import { rmSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, type FakeHost, fakeHost, interrupted, listing, refusal } from './host.ts'

/** What others do between two calls of a reap, a sweep, an update or a delete; each a schedule of its own. */

/** libnvme's entry of a controller that is gone; its number is another's by now. */
function libnvmesDead(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.put('nvme0', { owner: 'past\n', seqnum: '101\n' })
  host.recycle('nvme0')
  return host
}

/** A live controller's entry without owner. */
function noted(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.update('nvme0', 'note', 'old')
  return host
}

describe("a reap that is about to condemn libnvme's entry", () => {
  const alive = { outcome: 'kept', reason: 'alive', owner: 'past', seqnum: '101' }
  test('finds a claimer faster than its last look: kept, for the claimer decided whose it is', () => {
    const host = libnvmesDead()
    const registry = interrupted(host, 'readdir', 1, () => host.registry.claim('nvme0', 'past'))
    expect(registry.reap('nvme0', '999')).toEqual(alive)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'past' })
  })
  test('finds a claimer faster than its mark: kept too', () => {
    const host = libnvmesDead()
    const registry = interrupted(host, 'symlink', 1, () => host.registry.claim('nvme0', 'past'))
    expect(registry.reap('nvme0', '999')).toEqual(alive)
  })
  test('finds another cleaner faster than its mark: there is nothing left', () => {
    const host = fakeHost()
    host.put('nvme0', { owner: 'past\n' })
    const registry = interrupted(host, 'symlink', 1, () => host.registry.reap('nvme0'))
    expect(registry.reap('nvme0')).toEqual({ outcome: 'none' })
    expect(listing(host.path())).toEqual([])
  })
  test("finds another cleaner's mark: it may finish what that one began", () => {
    const host = libnvmesDead()
    let once = true
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'symlink' && once) {
        once = false
        call()
        throw errno('EEXIST')
      }
      return call()
    })
    expect(new Registry(sys, host.root).reap('nvme0', '999')).toMatchObject({ outcome: 'removed', owner: 'past' })
    expect(listing(host.path())).toEqual([])
  })
  test("finds another cleaner's mark, and at its second look none: it marks it itself, and a claimer may still be faster", () => {
    const host = libnvmesDead()
    const mark = host.path('nvme0/incarnation')
    let marks = 0
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op !== 'symlink') return call()
      if (++marks > 1) {
        host.registry.claim('nvme0', 'past')
        return call()
      }
      symlinkSync('condemned', mark)
      try {
        return call()
      } finally {
        // That one is done, and what came after its list is still there.
        rmSync(mark)
      }
    })
    expect(new Registry(sys, host.root).reap('nvme0', '999')).toEqual(alive)
    expect(marks).toBe(2)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'past' })
  })
  test("finds another cleaner's mark, but not what it says any more: it has no identity, and is marked again", () => {
    const host = fakeHost()
    host.put('nvme0', { owner: 'past\n' })
    symlinkSync('condemned', host.path('nvme0/incarnation'))
    const made: string[] = []
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === 'readlink') rmSync(host.path('nvme0/incarnation'))
      if (op === 'symlink' || op === 'unlink') made.push(op)
      return call()
    })
    expect(new Registry(sys, host.root).reap('nvme0')).toEqual({
      outcome: 'removed',
      reason: 'controller-gone',
      owner: 'past',
    })
    expect(made).toEqual(['symlink', 'unlink', 'unlink'])
  })
})

describe('of two reaps of one entry, one tells of it', () => {
  const removed = { outcome: 'removed', reason: 'controller-gone' }
  test.each([1, 2, 3])('without owner, the one that unlinked its incarnation, however they take turns (%i)', nth => {
    const host = noted()
    host.remove('nvme0')
    let other: unknown
    const registry = interrupted(host, 'unlink', nth, () => (other = host.registry.reap('nvme0')))
    const own = registry.reap('nvme0')
    expect(other).toStrictEqual({ ...removed, ...(nth < 3 ? { seqnum: '101' } : {}) })
    expect(own).toEqual({ outcome: 'none' })
  })
  test('of an empty directory, the one that removed it', () => {
    const host = fakeHost()
    host.put('nvme0', {})
    let other: unknown
    const registry = interrupted(host, 'rmdir', 1, () => (other = host.registry.reap('nvme0')))
    expect(registry.reap('nvme0')).toStrictEqual({ outcome: 'none' })
    expect(other).toStrictEqual(removed)
  })
})

describe('a sweep', () => {
  test('whose look at an entry failed, and the entry is gone since: io, because of the call', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const sys = around(nodeSys(), (op, args, call) => {
      if (op !== 'openDir' || args[0] !== host.path('nvme0')) return call()
      if (host.files('nvme0') === undefined) return call()
      rmSync(host.path('nvme0'), { recursive: true })
      throw errno('EIO')
    })
    expect(refusal(() => new Registry(sys, host.root).sweep())).toEqual({ code: 'io' })
  })
  test('never takes a bug for an entry that cannot be read', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const bug = new TypeError('made up')
    let looks = 0
    const sys = around(nodeSys(), (op, args, call) => {
      if (op !== 'openDir' || args[0] !== host.path('nvme0')) return call()
      throw looks++ === 0 ? errno('EIO') : bug
    })
    expect(() => new Registry(sys, host.root).sweep()).toThrow(bug)
  })
})

describe('an update', () => {
  test('begins again when the entry was removed before its value could be written', () => {
    const host = noted()
    const registry = interrupted(host, 'writeFile', 1, () => rmSync(host.path('nvme0'), { recursive: true }))
    registry.update('nvme0', 'note', 'new')
    expect(host.registry.retrieve('nvme0', 'note')).toBe('new')
  })
  test("makes an entry of its own when a cleaner condemns libnvme's directory first", () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    host.put('nvme0', { note: 'theirs\n' })
    const registry = interrupted(host, 'link', 1, () => symlinkSync('condemned', host.path('nvme0/incarnation')))
    registry.update('nvme0', 'zone', 'new')
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, seqnum: '101\n', zone: 'new\n' })
  })
  test('is busy after as many tries as a race can mean', () => {
    const host = noted()
    let tries = 0
    const sys = around(nodeSys(), (op, args, call) => {
      // Right before it looks whether the entry is still the one that it wrote into.
      if (op === 'stat' && args[0] === host.path('nvme0')) {
        tries++
        rmSync(host.path('nvme0'), { recursive: true })
        host.put('nvme0', { note: 'theirs\n' })
      }
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).update('nvme0', 'note', 'new'))).toEqual({
      code: 'busy',
      device: 'nvme0',
    })
    expect(tries).toBe(ATTEMPTS)
  })
})

describe('a delete', () => {
  test('of an entry that goes meanwhile: it was there, and nothing is left', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const registry = interrupted(host, 'rename', 1, () => rmSync(host.path('nvme0'), { recursive: true }))
    expect(registry.delete('nvme0')).toBe(true)
    expect(listing(host.path())).toEqual([])
  })
})
