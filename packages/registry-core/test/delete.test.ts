import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeHost, fakeHost, fifo, listing, refusal } from './host.ts'

const NO_ENTRY = { state: 'unowned', reason: 'no-entry' }
const NO_OWNER = { state: 'unowned', reason: 'no-owner' }

/** nvme0, live, owned by stas, with a note; and its incarnation. */
function owned(): FakeHost & { readonly its: string } {
  const host = fakeHost()
  const its = host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'there')
  return { ...host, its }
}

/** The same, deleted. */
function deleted(): FakeHost & { readonly its: string } {
  const host = owned()
  host.registry.delete('nvme0')
  return host
}

/** The files of an entry without those that decide its owner's changes. */
const filesWithoutSteps = (host: FakeHost): Record<string, string> =>
  Object.fromEntries(Object.entries(host.files('nvme0') ?? {}).filter(([name]) => !name.startsWith('owner.tmp.step-')))

describe('delete of an entry that no live controller says to be its own', () => {
  test.each<[string, (host: FakeHost) => void]>([
    ['of a controller that is gone', host => host.remove('nvme0')],
    ['of a number that another controller has', host => host.recycle('nvme0')],
    ["of libnvme's, of a live controller", host => rmSync(host.path('nvme0/incarnation'))],
    [
      "of libnvme's, of none",
      host => {
        host.remove('nvme0')
        rmSync(host.path('nvme0/incarnation'))
      },
    ],
    [
      'without anything in it',
      host => {
        rmSync(host.path('nvme0'), { recursive: true })
        mkdirSync(host.path('nvme0'))
      },
    ],
  ])('%s: it goes with its directory, once', (_, happens) => {
    const host = owned()
    host.put('nvme0', { 'note.tmp.abc': 'half' })
    happens(host)
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(listing(host.path())).toEqual([])
    expect(host.registry.delete('nvme0')).toBe(false)
  })
})

describe("delete of a live controller's entry", () => {
  test.each<[string, (host: FakeHost) => void]>([
    ['that has an owner', () => {}],
    ['that was released', host => host.registry.release('nvme0')],
    ['that never had an owner', host => rmSync(host.path('nvme0/owner'))],
    [
      'whose owner cannot be read',
      host => {
        rmSync(host.path('nvme0/owner'))
        fifo(host.path('nvme0/owner'))
      },
    ],
  ])('%s: its directory stays with what the registry wrote, and says that it was deleted', (_, happens) => {
    const host = owned()
    happens(host)
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(filesWithoutSteps(host)).toEqual({ incarnation: `${host.its}\n`, owner: '-> .deleted', seqnum: '101\n' })
    expect(Object.keys(host.files('nvme0') ?? {}).length).toBeLessThanOrEqual(4)
  })
  test('every reader takes what stays for no entry', () => {
    const host = deleted()
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
    expect(host.registry.ownerOf('nvme0', host.its)).toEqual(NO_ENTRY)
    expect(host.registry.entry('nvme0')).toBeUndefined()
    expect(host.registry.entry('nvme0', { incarnation: host.its })).toBeUndefined()
    expect(host.registry.entries()).toEqual([])
    for (const name of ['owner', 'incarnation', 'seqnum', 'note'])
      expect(host.registry.retrieve('nvme0', name)).toBeUndefined()
    expect(host.registry.unfinished()).toEqual([])
  })
  test('who asks for another incarnation is told so all the same: no-controller', () => {
    const host = deleted()
    expect(refusal(() => host.registry.entry('nvme0', { incarnation: '1' }))).toEqual({
      code: 'no-controller',
      device: 'nvme0',
    })
    expect(host.registry.ownerOf('nvme0', '1')).toMatchObject({ state: 'unknown' })
  })
  test('needs no node: the controller may be out of reach', () => {
    const host = owned()
    rmSync(join(host.root, 'dev/nvme0'))
    expect(host.registry.delete('nvme0', { incarnation: host.its, owner: 'stas' })).toBe(true)
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_ENTRY)
  })
  test('twice: there was none, and nothing is changed', () => {
    const host = deleted()
    const before = listing(host.path())
    expect(host.registry.delete('nvme0')).toBe(false)
    expect(listing(host.path())).toEqual(before)
  })
  test('takes links along, wherever they lead, and what they lead to stays', () => {
    const host = owned()
    const away = join(host.root, 'away')
    writeFileSync(away, 'stays')
    symlinkSync(away, host.path('nvme0/away'))
    symlinkSync('nowhere', host.path('nvme0/dangling'))
    symlinkSync('loop', host.path('nvme0/loop'))
    const before = listing(host.root).filter(line => line.startsWith('away'))
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(Object.keys(filesWithoutSteps(host))).toEqual(['incarnation', 'owner', 'seqnum'])
    expect(listing(host.root).filter(line => line.startsWith('away'))).toEqual(before)
  })
  test('takes files along whose names no attribute can have, if they are UTF-8', () => {
    const host = owned()
    host.put('nvme0', { ä: 'x\n', '\u007f': 'x\n', '\ufffd': 'x\n', 'note.tmp.abc': 'half' })
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(Object.keys(filesWithoutSteps(host))).toEqual(['incarnation', 'owner', 'seqnum'])
  })
  test('leaves what another process of ours has not finished', () => {
    const host = owned()
    host.put('nvme0', { 'note.tmp.9-9-aa': 'half' })
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(filesWithoutSteps(host)).toHaveProperty(['note.tmp.9-9-aa'], 'half')
  })
  test.each(['owner', 'sub'])('with a directory in it (%s): damaged, and nothing is changed', name => {
    const host = owned()
    rmSync(host.path('nvme0', name), { force: true })
    mkdirSync(host.path('nvme0', name))
    const before = listing(host.path())
    expect(refusal(() => host.registry.delete('nvme0'))).toEqual({ code: 'damaged' })
    expect(listing(host.path())).toEqual(before)
  })
})

describe('what follows the delete of a live controller’s entry', () => {
  test('a claim needs no steal, and its entry has nothing of the one before', () => {
    const host = deleted()
    expect(host.registry.claim('nvme0', 'nbft')).toEqual({ outcome: 'claimed' })
    expect(host.registry.entry('nvme0')).toEqual({
      device: 'nvme0',
      state: 'live',
      owner: 'nbft',
      incarnation: host.its,
      seqnum: '101',
      attributes: {},
      damagedAttributes: {},
    })
  })
  test('a publish claims it', () => {
    const host = deleted()
    expect(host.registry.publish('nvme0', 'nbft')).toEqual({ outcome: 'claimed' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'nbft' })
  })
  test('an update makes an entry of it that has no owner', () => {
    const host = deleted()
    host.registry.update('nvme0', 'zone', 'a')
    expect(host.registry.ownerOf('nvme0')).toEqual(NO_OWNER)
    expect(host.registry.entry('nvme0')).toMatchObject({ state: 'live', attributes: { zone: 'a' } })
    expect(filesWithoutSteps(host)).toMatchObject({ owner: '-> .released', zone: 'a\n' })
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(host.registry.entries()).toEqual([])
  })
  test('what was expected of an owner is refused: it is unowned, and nothing is changed', () => {
    const host = deleted()
    const before = listing(host.path())
    for (const call of [
      () => host.registry.update('nvme0', 'note', 'x', { owner: 'stas' }),
      () => host.registry.remove('nvme0', 'note', { owner: 'stas' }),
      () => host.registry.claim('nvme0', 'nbft', { steal: true, from: 'stas' }),
    ])
      expect(refusal(call)).toEqual({ code: 'changed', device: 'nvme0' })
    expect(listing(host.path())).toEqual(before)
  })
  test('a release and a remove find nothing', () => {
    const host = deleted()
    const before = listing(host.path())
    expect(host.registry.release('nvme0')).toBeUndefined()
    expect(host.registry.release('nvme0', { owner: 'stas' })).toBeUndefined()
    expect(host.registry.remove('nvme0', 'note')).toBe(false)
    expect(listing(host.path())).toEqual(before)
  })
  test.each([undefined, '102', '999'])('the directory goes with its controller (event %s)', event => {
    const host = deleted()
    host.remove('nvme0')
    expect(host.registry.entries()).toEqual([])
    expect(host.registry.reap('nvme0', event)).toEqual({
      outcome: 'removed',
      reason: 'controller-gone',
      seqnum: '101',
    })
    expect(listing(host.path())).toEqual([])
  })
  test('the next controller of the number gets an entry of its own', () => {
    const host = deleted()
    const next = host.recycle('nvme0')
    expect(host.registry.publish('nvme0', 'nbft')).toEqual({ outcome: 'published' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${next}\n`, owner: 'nbft\n', seqnum: '103\n' })
  })
})

describe('delete of an entry whose incarnation is damaged', () => {
  const DAMAGES = ['', '015\n', 'one\n', '1\n2\n', '184467440737095516160\n']
  test.each([...DAMAGES, undefined])(
    '(%j; undefined is a FIFO) removes it whole, and it can be claimed again',
    bytes => {
      const host = owned()
      rmSync(host.path('nvme0/incarnation'))
      if (bytes === undefined) fifo(host.path('nvme0/incarnation'))
      else writeFileSync(host.path('nvme0/incarnation'), bytes)
      expect(refusal(() => host.registry.claim('nvme0', 'nbft', { steal: true }))?.code).toBe('damaged')
      expect(host.registry.delete('nvme0', { incarnation: host.its, owner: 'stas' })).toBe(true)
      expect(listing(host.path())).toEqual([])
      expect(host.registry.claim('nvme0', 'nbft')).toEqual({ outcome: 'claimed' })
    },
  )
  test('is of the live controller, and of the owner that it has: otherwise nothing is changed', () => {
    const host = owned()
    writeFileSync(host.path('nvme0/incarnation'), '')
    const before = listing(host.path())
    expect(refusal(() => host.registry.delete('nvme0', { incarnation: '1' }))?.code).toBe('no-controller')
    expect(refusal(() => host.registry.delete('nvme0', { owner: 'nbft' }))?.code).toBe('owned')
    expect(refusal(() => host.registry.delete('nvme0', { owner: null }))?.code).toBe('owned')
    expect(listing(host.path())).toEqual(before)
  })
  test('of a controller that is gone: it is removed', () => {
    const host = owned()
    writeFileSync(host.path('nvme0/incarnation'), '')
    host.remove('nvme0')
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(listing(host.path())).toEqual([])
  })
})

describe('delete', () => {
  test('without sysfs: no-sysfs, and nothing is changed', () => {
    const host = owned()
    rmSync(join(host.root, 'sys/class'), { recursive: true })
    const before = listing(host.path())
    expect(refusal(() => host.registry.delete('nvme0'))).toEqual({ code: 'no-sysfs', device: 'nvme0' })
    expect(listing(host.path())).toEqual(before)
  })
  test('without an entry or a registry needs no sysfs: there was none', () => {
    const host = fakeHost({ registry: false })
    rmSync(join(host.root, 'sys/class'), { recursive: true })
    expect(host.registry.delete('nvme0')).toBe(false)
  })
})
