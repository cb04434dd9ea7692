import { renameSync, rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
import { Registry } from '../src/registry.ts'
import { around, type FakeHost, fakeHost, interrupted } from './host.ts'

/** What others do between two calls of a reader; each a schedule of its own. */

/** nvme0 with a note, and what happens right before its `nth` call `op`. */
function reading(op: 'stat' | 'readFile', nth: number | 'every', meanwhile: (host: FakeHost) => void) {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'x')
  return interrupted(host, op, nth, () => meanwhile(host)).entry('nvme0')
}
/** libnvme moves the old one away, and a complete new one takes the name. */
function replaced(host: FakeHost): void {
  renameSync(host.path('nvme0'), host.path('.trash.abc123'))
  rmSync(host.path('.trash.abc123'), { recursive: true })
  host.put('nvme0', { owner: 'theirs\n' })
}

describe('entry, while it is read,', () => {
  test('loses an attribute: that is left out', () => {
    // incarnation, note: in the order of their names.
    const entry = reading('readFile', 2, ({ path }) => rmSync(path('nvme0/note')))
    expect(entry).toStrictEqual({ ...entry, attributes: {}, damagedAttributes: {} })
  })
  test('loses its owner: that is left out', () => {
    const entry = reading('readFile', 3, ({ path }) => rmSync(path('nvme0/owner')))
    expect(entry).not.toHaveProperty('owner')
  })
  test('is replaced by libnvme: what was read of a live one counts', () => {
    expect(reading('stat', 2, replaced)).toMatchObject({ state: 'live', owner: 'stas' })
  })
  test('is replaced, and its controller too: it is read again, for the old one was never stale', () => {
    expect(
      reading('stat', 1, host => {
        host.recycle('nvme0')
        replaced(host)
      }),
    ).toMatchObject({ state: 'live', owner: 'theirs' })
  })
  test('is replaced every time: damaged, after as many tries as a race can mean', () => {
    let tries = 0
    const entry = reading('stat', 'every', host => {
      // The look at the controller is the first call of this kind in each round.
      if (tries++ % 3 === 0) host.recycle('nvme0')
      replaced(host)
      host.put('nvme0', { incarnation: `${tries}\n` })
    })
    expect(entry).toMatchObject({ state: 'damaged', reason: 'it kept being changed by others' })
    expect(tries).toBe(3 * ATTEMPTS)
  })
})

describe('ownerOf', () => {
  test('looks again when what it read as unowned is gone: no entry', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'x')
    const registry = interrupted(host, 'stat', 2, () => rmSync(host.path('nvme0'), { recursive: true }))
    expect(registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-entry' })
  })
  test('looks again when the directory that it read as unowned is not the entry any more', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'x')
    let once = true
    const sys = around(nodeSys(), (op, args, call) => {
      // As libnvme replaces an entry: the old one is moved away, a complete new one takes the name.
      if (op === 'stat' && String(args[0]).endsWith('registry/nvme0') && once) {
        once = false
        renameSync(host.path('nvme0'), host.path('.trash.abc123'))
        host.put('nvme0', { owner: 'theirs\n' })
      }
      return call()
    })
    expect(new Registry(sys, host.root).ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'theirs' })
  })
  test('gives up as unknown when the entry is replaced at every look', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'x')
    let rounds = 0
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'stat' && String(args[0]).endsWith('registry/nvme0')) {
        renameSync(host.path('nvme0'), host.path(`.trash.${rounds++}`))
        host.put('nvme0', { note: 'x\n' })
      }
      return call()
    })
    expect(new Registry(sys, host.root).ownerOf('nvme0')).toEqual({
      state: 'unknown',
      reason: 'the entry kept being changed by others',
    })
    expect(rounds).toBe(ATTEMPTS)
  })
})
