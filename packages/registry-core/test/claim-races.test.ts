import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
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
  test('when the incarnation was unlinked meanwhile, as by rm -rf: it identifies the entry that is left', () => {
    const host = connected('unowned')
    const { incarnation } = host.files('nvme0') ?? {}
    const registry = interrupted(host, 'unlink', 1, () => rmSync(host.path('nvme0/incarnation')))
    expect(registry.claim('nvme0', 'stas')).toEqual({ outcome: 'already-ours' })
    expect(host.files('nvme0')).toMatchObject({ incarnation, owner: 'stas\n' })
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

test('an update begins again when the incarnation was unlinked meanwhile', () => {
  const host = connected('owned')
  const { incarnation } = host.files('nvme0') ?? {}
  const registry = interrupted(host, 'rename', 1, () => rmSync(host.path('nvme0/incarnation')))
  registry.update('nvme0', 'note', 'x')
  expect(host.files('nvme0')).toMatchObject({ incarnation, note: 'x\n', owner: 'stas\n' })
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

/** An owned entry, and a registry that is between its look at the owner and its decision, the first time. */
function beforeDeciding(meanwhile: (host: FakeHost) => void): readonly [FakeHost, Registry] {
  const host = connected('owned')
  let done = false
  const sys = around(nodeSys(), (op, args, call) => {
    if (!done && op === 'symlink' && String(args[1]).endsWith('/owner.tmp.step-1')) {
      done = true
      meanwhile(host)
    }
    return call()
  })
  return [host, new Registry(sys, host.root)]
}
const steal = (owner: string) => (host: FakeHost) => void host.registry.claim('nvme0', owner, { steal: true })
/** The entry's files, which are these and one step, whatever its number. */
const settled = ['incarnation', 'owner', expect.stringMatching(/^owner\.tmp\.step-[12]$/), 'seqnum']

describe('a steal, between its look and its decision', () => {
  test('finds that it was released: then it is a claim', () => {
    const [host, registry] = beforeDeciding(({ registry: other }) => void other.release('nvme0'))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'claimed' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(settled)
  })
  test('finds that it was stolen for the same owner: already-ours', () => {
    const [host, registry] = beforeDeciding(steal('other'))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'already-ours' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(settled)
  })
  test('finds another owner than at first: it says from whom it took it', () => {
    const [, registry] = beforeDeciding(steal('between'))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'between' })
  })
  test('finds that the owner changed twice, so that its own number is free again: from the last one', () => {
    const [host, registry] = beforeDeciding(each => {
      steal('between')(each)
      steal('last')(each)
    })
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'last' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', 'owner.tmp.step-3', 'seqnum'])
  })
  test('finds a change that a killed process has decided and not made: it is made first', () => {
    const [host, registry] = beforeDeciding(({ path, put }) => {
      put('nvme0', { 'owner.tmp.9-9-killed': 'killed\n' })
      symlinkSync('9-9-killed', path('nvme0/owner.tmp.step-1'))
    })
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'killed' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(settled)
  })
  test('finds the file of a killed process that has decided nothing: it is none of its business', () => {
    const [host, registry] = beforeDeciding(({ put }) => put('nvme0', { 'owner.tmp.9-9-killed': 'killed\n' }))
    expect(registry.claim('nvme0', 'other', { steal: true })).toEqual({ outcome: 'stolen', from: 'stas' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n', 'owner.tmp.9-9-killed': 'killed\n' })
  })
  test('finds something else in the place of a step: damaged, and nothing is changed', () => {
    const [host, registry] = beforeDeciding(({ put }) => put('nvme0', { 'owner.tmp.step-1': '' }))
    expect(refusal(() => registry.claim('nvme0', 'other', { steal: true }))).toEqual({ code: 'damaged' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n' })
  })
})

describe('a steal that is decided is made by the next process', () => {
  test('so it is made once, and who made it not is told that it was', () => {
    const host = connected('owned')
    let second: unknown
    const sys = around(nodeSys(), (op, args, call) => {
      // Right before its own rename.
      if (op === 'rename' && String(args[1]).endsWith('/owner'))
        second = refusal(() => host.registry.claim('nvme0', 'third'))
      return call()
    })
    expect(new Registry(sys, host.root).claim('nvme0', 'other', { steal: true })).toEqual({
      outcome: 'stolen',
      from: 'stas',
    })
    expect(second).toEqual({ code: 'owned', device: 'nvme0', owner: 'other' })
  })
  test('also if it was stolen again at once', () => {
    const host = connected('owned')
    let second: unknown
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'rename' && String(args[1]).endsWith('/owner') && second === undefined)
        second = host.registry.claim('nvme0', 'third', { steal: true })
      return call()
    })
    expect(new Registry(sys, host.root).claim('nvme0', 'other', { steal: true })).toEqual({
      outcome: 'stolen',
      from: 'stas',
    })
    expect(second).toEqual({ outcome: 'stolen', from: 'other' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'third' })
  })
  test('and after a release a claim needs no steal', () => {
    const host = connected('owned')
    expect(host.registry.release('nvme0', { owner: 'stas' })).toBe('stas')
    expect(host.registry.claim('nvme0', 'other')).toEqual({ outcome: 'claimed' })
    expect(host.registry.release('nvme0')).toBe('other')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
    expect(readlinkSync(host.path('nvme0/owner'))).toBe('.released')
  })
})

describe('a release, between its look and its decision', () => {
  test('finds another owner: it begins again and is refused', () => {
    const [host, registry] = beforeDeciding(steal('other'))
    expect(refusal(() => registry.release('nvme0', { owner: 'stas' }))).toEqual({
      code: 'owned',
      device: 'nvme0',
      owner: 'other',
    })
    expect(host.files('nvme0')).toMatchObject({ owner: 'other\n' })
  })
  test('finds another owner and releases whoever it is: it says the last one', () => {
    const [host, registry] = beforeDeciding(steal('other'))
    expect(registry.release('nvme0')).toBe('other')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
  })
  test('finds that it was released: it had no owner', () => {
    const [, registry] = beforeDeciding(({ registry: other }) => void other.release('nvme0'))
    expect(registry.release('nvme0')).toBeUndefined()
  })
  test.each([
    ['before its file is there', 'symlink', 1],
    ['before the change is decided', 'symlink', 2],
    ['before the change is made', 'rename', 1],
  ] as const)('finds that the controller has gone, and its entry with it, %s: no-controller', (_, op, nth) => {
    const host = connected('owned')
    const registry = interrupted(host, op, nth, () => {
      host.remove('nvme0')
      host.registry.reap('nvme0')
    })
    expect(refusal(() => registry.release('nvme0'))).toEqual({ code: 'no-controller', device: 'nvme0' })
    expect(readdirSync(host.path())).toEqual([])
  })
  test('finds that its change was made by another, and the controller has gone since: no-controller', () => {
    const host = connected('owned')
    const registry = interrupted(host, 'readdir', 2, () => {
      expect(host.registry.claim('nvme0', 'other')).toEqual({ outcome: 'claimed' })
      host.remove('nvme0')
      host.registry.reap('nvme0')
    })
    expect(refusal(() => registry.release('nvme0'))).toEqual({ code: 'no-controller', device: 'nvme0' })
    expect(readdirSync(host.path())).toEqual([])
  })
  test('finds the entry removed: it had no owner', () => {
    const host = connected('owned')
    const registry = interrupted(host, 'symlink', 1, () => rmSync(host.path('nvme0'), { recursive: true }))
    expect(registry.release('nvme0')).toBeUndefined()
  })
  test('fails: io at once, not a race to be run again, and the owner stays', () => {
    const host = connected('owned')
    let failures = 0
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op !== 'symlink') return call()
      failures++
      throw errno('ENOSPC')
    })
    expect(refusal(() => new Registry(sys, host.root).release('nvme0'))).toEqual({ code: 'io' })
    expect(failures).toBe(1)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
})

function withDamagedOwner(): FakeHost {
  const host = connected('owned')
  unlinkSync(host.path('nvme0/owner'))
  fifo(host.path('nvme0/owner'))
  return host
}

describe('an owner that cannot be read', () => {
  test('is stolen from no owner that could be named', () => {
    expect(withDamagedOwner().registry.claim('nvme0', 'other', { steal: true })).toStrictEqual({ outcome: 'stolen' })
  })
  test('is not released: unknown-owner, and it stays', () => {
    const host = withDamagedOwner()
    expect(refusal(() => host.registry.release('nvme0'))).toEqual({ code: 'unknown-owner', device: 'nvme0' })
    unlinkSync(host.path('nvme0/owner'))
  })
})

test.each(['EPERM', 'EOPNOTSUPP'])('a file system without links (%s): io, which says what to do', code => {
  const host = connected('owned')
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'link' || op === 'symlink') throw errno(code)
    return call()
  })
  expect(() => new Registry(sys, host.root).claim('nvme0', 'other', { steal: true })).toThrow(
    'the registry is on a file system that has no hard or symbolic links: put it on a tmpfs',
  )
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', 'seqnum'])
})

test.each<[string, (registry: Registry) => unknown]>([
  ['steal', r => r.claim('nvme0', 'other', { steal: true })],
  ['release', r => r.release('nvme0')],
  ['delete', r => r.delete('nvme0')],
])(
  'a %s whose file is made and cannot be filled, as where no bytes are left: io, and the file is removed',
  (_, run) => {
    const host = connected('owned')
    const before = listing(host.path())
    const sys = around(nodeSys(), (op, args, call) => {
      const made = call()
      const path = { writeFile: args[0], symlink: args[1] }[op as string]
      if (/\/owner\.tmp\.[0-9]/.test(String(path))) throw errno('ENOSPC')
      return made
    })
    expect(refusal(() => run(new Registry(sys, host.root)))).toEqual({ code: 'io' })
    expect(listing(host.path())).toEqual(before)
  },
)
