import { readdirSync, renameSync, rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import type { Sys } from '../src/sys.ts'
import { around, errno, type FakeHost, fakeHost } from './host.ts'

/**
 * libnvme deletes an entry by moving it to `.trash.XXXXXX`, unlinking what it lists there, and rmdir (its registry.c). The
 * file that a process of ours makes in between keeps that directory: then whoever made the file removes it.
 */

const TRASH = '.trash.a1B2c3'

/** libnvme's entry of the live controller nvme0. */
function libnvmes(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.put('nvme0', { owner: 'theirs\n', seqnum: '1\n' })
  return host
}

/** The port, where libnvme deletes nvme0 around the first call that begins to give it an incarnation, or condemns it. */
function deletedAround(host: FakeHost, andThen: () => void = () => {}, sys: Sys = nodeSys()): Sys {
  let done = false
  return around(sys, (op, args, call) => {
    const identifies = op === 'writeFile' && String(args[0]).includes('/incarnation.tmp.')
    if (done || !(identifies || (op === 'symlink' && args[0] === 'condemned'))) return call()
    done = true
    const listed = readdirSync(host.path('nvme0'))
    renameSync(host.path('nvme0'), host.path(TRASH))
    const made = call()
    for (const each of listed) rmSync(host.path(TRASH, each))
    andThen()
    return made
  })
}

const hidden = (host: FakeHost): string[] => readdirSync(host.path()).filter(each => each.startsWith('.'))

describe('an entry that libnvme deletes while a file of ours is in it: its directory does not stay', () => {
  test.each<[string, run: (registry: Registry) => unknown, owner: string | undefined]>([
    ['claim', r => r.claim('nvme0', 'nbft', { steal: true }).outcome, 'nbft'],
    ['update', r => r.update('nvme0', 'note', 'x'), undefined],
    ['publish', r => r.publish('nvme0', 'nbft').outcome, 'nbft'],
    ['delete', r => r.delete('nvme0'), undefined],
    ['reap', r => r.reap('nvme0', '999').outcome, undefined],
  ])('%s', (_, run, owner) => {
    const host = libnvmes()
    let kept: string[] = []
    const sys = deletedAround(host, () => {
      kept = readdirSync(host.path(TRASH))
    })
    run(new Registry(sys, host.root))
    expect(kept).toEqual([expect.stringContaining('incarnation')])
    expect(hidden(host)).toEqual([])
    expect(host.registry.entry('nvme0')?.owner).toBe(owner)
  })
})

describe('no claim fails for what it cannot remove of libnvme', () => {
  test('a directory that is not empty is left', () => {
    const host = libnvmes()
    const sys = deletedAround(host, () => host.put('.trash.b1B2c3', { owner: 'theirs\n' }))
    expect(new Registry(sys, host.root).claim('nvme0', 'nbft', { steal: true })).toEqual({ outcome: 'claimed' })
    expect(hidden(host)).toEqual(['.trash.b1B2c3'])
    expect(host.files('.trash.b1B2c3')).toEqual({ owner: 'theirs\n' })
  })
  test.each(['rmdir', 'readdir'] as const)('%s that fails is no error of the claim', failing => {
    const host = libnvmes()
    let moved = false
    const broken = around(nodeSys(), (op, args, call) => {
      const atTrash = op === 'rmdir' ? String(args[0]).endsWith(TRASH) : args[1] === '.trash.'
      if (moved && op === failing && atTrash) throw errno('EACCES')
      return call()
    })
    const sys = deletedAround(
      host,
      () => {
        moved = true
      },
      broken,
    )
    expect(new Registry(sys, host.root).claim('nvme0', 'nbft', { steal: true })).toEqual({ outcome: 'claimed' })
    expect(hidden(host)).toEqual([TRASH])
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'nbft' })
  })
})
