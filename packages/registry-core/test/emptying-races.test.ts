import { readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, type FakeHost, fakeHost, interrupted, listing, refusal } from './host.ts'

/** What others do to a dead entry that is being emptied, between the list of what is in it and its end. */

/** An entry of ours whose controller is gone; its number is another's by now. */
function recycled(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'past')
  host.recycle('nvme0')
  return host
}

describe('something is put into it that was not listed', () => {
  const removed = { outcome: 'removed', reason: 'number-recycled', owner: 'past', seqnum: '101' }
  const late = { owner: 'late\n' }
  test('by a writer of the dead controller, which is killed then: it goes too, so that it passes for nobody', () => {
    const host = recycled()
    const registry = interrupted(host, 'rmdir', 1, () => host.put('nvme0', late))
    expect(registry.reap('nvme0')).toEqual(removed)
    expect(listing(host.path())).toEqual([])
  })
  test("and a claimer of the next controller takes that for libnvme's entry: it is that controller's now and stays", () => {
    const host = recycled()
    const registry = interrupted(host, 'rmdir', 1, () => {
      host.put('nvme0', late)
      host.registry.claim('nvme0', 'new', { steal: true })
    })
    expect(registry.reap('nvme0')).toEqual(removed)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'new' })
  })
  test('again and again: it is given up after as many tries as a race can mean, and is empty then', () => {
    const host = recycled()
    let tries = 0
    const registry = interrupted(host, 'rmdir', 'every', () => {
      if (++tries <= 2 * ATTEMPTS) host.put('nvme0', late)
    })
    expect(registry.reap('nvme0')).toEqual(removed)
    expect(tries).toBe(ATTEMPTS)
    expect(host.files('nvme0')).toEqual({})
  })
})

describe('a file in it that cannot be unlinked', () => {
  test('because others did, and one of them marked the directory anew: no damage, and theirs to finish', () => {
    const host = recycled()
    const incarnation = host.path('nvme0/incarnation')
    const sys = around(nodeSys(), (op, args, call) => {
      if (op !== 'unlink' || !String(args[0]).endsWith('/incarnation')) return call()
      rmSync(incarnation)
      try {
        return call()
      } finally {
        symlinkSync('condemned', incarnation)
      }
    })
    expect(new Registry(sys, host.root).reap('nvme0')).toMatchObject({ outcome: 'removed', owner: 'past' })
    expect(readlinkSync(incarnation)).toBe('condemned')
  })
  test('because the call fails, whatever its name: io, and no damage', () => {
    const host = recycled()
    host.put('nvme0', { ä: 'x\n' })
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'unlink' && String(args[0]).endsWith('/ä')) throw errno('EIO')
      return call()
    })
    expect(refusal(() => new Registry(sys, host.root).reap('nvme0'))).toEqual({ code: 'io' })
  })
})

/** A reap of what nobody owned, while libnvme has unlinked these files before it lists, and the directory before its end. */
function reapBeside(files: readonly string[], directory: 'and the directory' | 'not the directory'): unknown {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.update('nvme0', 'note', 'x')
  host.remove('nvme0')
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'readdir') for (const name of files) rmSync(host.path('nvme0', name))
    if (op === 'rmdir' && directory === 'and the directory') rmdirSync(host.path('nvme0'))
    return call()
  })
  const reaped = new Registry(sys, host.root).reap('nvme0')
  expect(listing(host.path())).toEqual([])
  return reaped
}

describe("libnvme's delete is at it too, and tells nobody", () => {
  const removed = { outcome: 'removed', reason: 'controller-gone', seqnum: '101' }
  test('whoever unlinked a part of it tells', () => {
    expect(reapBeside(['incarnation'], 'and the directory')).toEqual(removed)
  })
  test('whoever removed nothing but the directory tells', () => {
    expect(reapBeside(['incarnation', 'note', 'seqnum'], 'not the directory')).toEqual(removed)
  })
  test('whoever comes too late for everything does not', () => {
    expect(reapBeside(['incarnation', 'note', 'seqnum'], 'and the directory')).toEqual({ outcome: 'none' })
  })
})
