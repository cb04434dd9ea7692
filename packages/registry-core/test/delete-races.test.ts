import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
import { Registry } from '../src/registry.ts'
import type { Sys } from '../src/sys.ts'
import { around, errno, type FakeHost, fakeHost, interrupted, listing, refusal } from './host.ts'

/** What others do between two calls of a delete, and a delete between two calls of theirs. */

const NO_ENTRY = { state: 'unowned', reason: 'no-entry' }
const FASTER = { state: 'owned', owner: 'faster' }
const STEP = '/owner.tmp.step-1'

/** nvme0, live, owned by stas, with a note. */
function owned(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'there')
  return host
}

/** The host's registry; before the first call of `op` whose last path ends so, `meanwhile` happens. */
function before(host: FakeHost, op: keyof Sys, ending: string, meanwhile: () => unknown): Registry {
  let done = false
  const sys = around(nodeSys(), (called, args, call) => {
    if (!done && called === op && args.some(arg => String(arg).endsWith(ending))) {
      done = true
      meanwhile()
    }
    return call()
  })
  return new Registry(sys, host.root)
}

const steals = (host: FakeHost) => () => host.registry.claim('nvme0', 'faster', { steal: true })

describe('a delete, before its change of the owner is decided', () => {
  test('finds that it was stolen: another owner than was seen is refused, and keeps it', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, steals(host))
    expect(refusal(() => registry.delete('nvme0', { owner: 'stas' }))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'faster',
    })
    expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'faster', attributes: { note: 'there' } })
  })
  test('finds that it was claimed: an entry that was seen without an owner is refused, and the owner keeps it', () => {
    const host = owned()
    rmSync(host.path('nvme0/owner'))
    const registry = before(host, 'link', '/owner', () => host.registry.claim('nvme0', 'faster'))
    expect(refusal(() => registry.delete('nvme0', { owner: null }))).toMatchObject({ code: 'owned', owner: 'faster' })
    expect(host.registry.ownerOf('nvme0')).toEqual(FASTER)
  })
  test('finds that it was stolen: where no owner was named, that one goes too', () => {
    const host = owned()
    expect(before(host, 'symlink', STEP, steals(host)).delete('nvme0')).toBe(true)
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
  })
  test('finds that it was deleted: there was none', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, () => host.registry.delete('nvme0'))
    expect(registry.delete('nvme0')).toBe(false)
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
  })
  test('fails: io, and what it has begun is removed', () => {
    const host = owned()
    const files = listing(host.path())
    const registry = before(host, 'symlink', STEP, () => {
      throw errno('ENOSPC')
    })
    expect(refusal(() => registry.delete('nvme0'))).toEqual({ code: 'io' })
    expect(listing(host.path())).toEqual(files)
  })
})

describe('a delete whose change of the owner is decided', () => {
  test('has deleted, though a claim makes the change and comes at once: the claimer keeps it', () => {
    const host = owned()
    let claimed: unknown
    const registry = before(host, 'rename', '/owner', () => {
      claimed = host.registry.claim('nvme0', 'faster')
    })
    expect(registry.delete('nvme0', { owner: 'stas' })).toBe(true)
    expect(claimed).toEqual({ outcome: 'claimed' })
    expect(host.registry.ownerOf('nvme0')).toEqual(FASTER)
  })
  test('leaves the owner who claims while it unlinks the attributes', () => {
    const host = owned()
    const registry = before(host, 'unlink', '/note', () => host.registry.claim('nvme0', 'faster'))
    expect(registry.delete('nvme0')).toBe(true)
    expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'faster', attributes: {} })
  })
  test('takes along what an update sets before the change is made', () => {
    const host = owned()
    const registry = before(host, 'rename', '/owner', () => host.registry.update('nvme0', 'zone', 'a'))
    expect(registry.delete('nvme0')).toBe(true)
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
    expect(existsSync(host.path('nvme0/zone'))).toBe(false)
  })
  test('leaves the entry without an owner that an update makes while it unlinks the attributes', () => {
    const host = owned()
    const registry = before(host, 'unlink', '/note', () => host.registry.update('nvme0', 'zone', 'a'))
    expect(registry.delete('nvme0')).toBe(true)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
    expect(host.registry.entry('nvme0')?.attributes).toEqual({ zone: 'a' })
  })
  test('fails to unlink an attribute: io; the next one unlinks it, and there was no entry', () => {
    const host = owned()
    const registry = before(host, 'unlink', '/note', () => {
      throw errno('EIO')
    })
    expect(refusal(() => registry.delete('nvme0'))).toEqual({ code: 'io' })
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
    expect(existsSync(host.path('nvme0/note'))).toBe(true)
    expect(host.registry.delete('nvme0')).toBe(false)
    expect(existsSync(host.path('nvme0/note'))).toBe(false)
  })
})

/** nvme0 as a delete leaves it that is killed right behind its decision. */
function decided(): FakeHost {
  const host = owned()
  symlinkSync('.deleted', host.path('nvme0/owner.tmp.9-9-killed'))
  symlinkSync('9-9-killed', host.path(`nvme0${STEP}`))
  return host
}

describe('what a delete has decided that was killed', () => {
  test('is not done yet: the owner has it', () => {
    expect(decided().registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
  test('is done by the next delete, with the attributes; that one found no entry', () => {
    const host = decided()
    expect(host.registry.delete('nvme0')).toBe(false)
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', 'owner.tmp.step-1', 'seqnum'])
  })
  test('is done by the next claim, which is not refused then', () => {
    const host = decided()
    expect(host.registry.claim('nvme0', 'nbft')).toEqual({ outcome: 'claimed' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'nbft' })
  })
  test('is done by the next release, which found no owner', () => {
    const host = decided()
    expect(host.registry.release('nvme0', { owner: 'stas' })).toBeUndefined()
  })
})

describe('a delete comes between two calls', () => {
  test('of a steal: that is a claim then', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, () => host.registry.delete('nvme0'))
    expect(registry.claim('nvme0', 'nbft', { steal: true })).toEqual({ outcome: 'claimed' })
    expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'nbft', attributes: {} })
  })
  test('of a steal from an owner that was seen: changed, and it stays deleted', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, () => host.registry.delete('nvme0'))
    expect(refusal(() => registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' }))?.code).toBe('changed')
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
  })
  test('of a release: it found no owner, and it stays deleted', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, () => host.registry.delete('nvme0'))
    expect(registry.release('nvme0')).toBeUndefined()
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
  })
  test("of a claim that identifies libnvme's entry: it makes an entry of its own", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { note: 'theirs\n' })
    const registry = interrupted(host, 'link', 1, () => expect(host.registry.delete('nvme0')).toBe(true))
    expect(registry.claim('nvme0', 'nbft')).toEqual({ outcome: 'claimed' })
    expect(host.registry.entry('nvme0')).toMatchObject({ state: 'live', owner: 'nbft', attributes: {} })
  })
})

describe("a delete of what is not the live controller's", () => {
  test("finds libnvme's entry identified by a claimer: another owner than was seen is refused", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'libnvme\n' })
    const registry = before(host, 'symlink', '/incarnation', steals(host))
    expect(refusal(() => registry.delete('nvme0', { owner: 'libnvme' }))).toMatchObject({ owner: 'faster' })
    expect(host.registry.ownerOf('nvme0')).toEqual(FASTER)
  })
  test('leaves the entry that takes the name meanwhile', () => {
    const host = owned()
    host.recycle('nvme0')
    const registry = interrupted(host, 'unlink', 1, () => host.registry.publish('nvme0', 'faster'))
    expect(registry.delete('nvme0')).toBe(true)
    expect(host.registry.ownerOf('nvme0')).toEqual(FASTER)
  })
  test('finds another one in its place: it is compared anew', () => {
    const host = owned()
    const registry = before(host, 'symlink', STEP, () => {
      rmSync(host.path('nvme0'), { recursive: true })
      host.put('nvme0', { owner: 'libnvme\n' })
    })
    expect(refusal(() => registry.delete('nvme0', { owner: 'stas' }))).toMatchObject({ owner: 'libnvme' })
    expect(host.files('nvme0')).toEqual({ owner: 'libnvme\n' })
  })
  test('is busy after as many tries as a race can mean', () => {
    const host = owned()
    let tries = 0
    const sys = around(nodeSys(), (op, args, call) => {
      // By the time of its decision the entry has another directory, each time.
      if (op === 'symlink' && String(args[1]).endsWith(STEP)) {
        tries++
        rmSync(host.path('nvme0'), { recursive: true })
        host.registry.claim('nvme0', 'faster')
      }
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).delete('nvme0'))).toEqual({ code: 'busy', device: 'nvme0' })
    expect(tries).toBe(ATTEMPTS)
  })
})
