import { renameSync, rmSync, symlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { ATTEMPTS } from '../src/protocol/attempts.ts'
import { Registry } from '../src/registry.ts'
import { around, errno, type FakeHost, fakeHost, interrupted, listing, refusal } from './host.ts'

/** What others do while a new entry is given its name; each a schedule of its own. */

function connected(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  return host
}

describe('a claim without entry, that another is faster than', () => {
  test('is refused with the owner, and its own entry is gone', () => {
    const host = connected()
    const registry = interrupted(host, 'rename', 1, () => host.registry.claim('nvme0', 'faster'))
    expect(refusal(() => registry.claim('nvme0', 'stas'))).toEqual({ code: 'owned', device: 'nvme0', owner: 'faster' })
    expect(listing(host.path()).map(line => line.split(' ')[0])).toEqual([
      'nvme0',
      'nvme0/incarnation',
      'nvme0/owner',
      'nvme0/seqnum',
    ])
  })
  test("goes on in the faster one's entry if that has no owner", () => {
    const host = connected()
    const registry = interrupted(host, 'rename', 1, () => host.registry.update('nvme0', 'note', 'theirs'))
    expect(registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.registry.entry('nvme0')).toMatchObject({ owner: 'stas', attributes: { note: 'theirs' } })
  })
  test("goes on in libnvme's entry, and identifies it", () => {
    const host = fakeHost()
    const incarnation = host.connect('nvme0')
    const registry = interrupted(host, 'rename', 1, () => host.put('nvme0', { note: 'theirs\n' }))
    expect(registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
    expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, note: 'theirs\n', owner: 'stas\n' })
  })
})

test('a publish that goes on as a claim, and the controller dies then: gone, and its entry too', () => {
  const host = connected()
  host.registry.update('nvme0', 'note', 'x')
  const registry = interrupted(host, 'link', 1, () => host.remove('nvme0'))
  expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'gone' })
  expect(listing(host.path())).toEqual([])
})

describe('a publish over what it may replace', () => {
  test("finds libnvme's directory identified by a claimer before it could be condemned: that one's it is", () => {
    const host = connected()
    host.put('nvme0', { note: 'theirs\n' })
    const registry = interrupted(host, 'symlink', 1, () => host.registry.claim('nvme0', 'faster'))
    expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'owned', owner: 'faster' })
    expect(host.registry.entry('nvme0')).toMatchObject({
      state: 'live',
      owner: 'faster',
      attributes: { note: 'theirs' },
    })
  })
  test('finds it condemned by a cleaner already, and takes its place all the same', () => {
    const host = connected()
    host.put('nvme0', { owner: 'past\n' })
    symlinkSync('condemned', host.path('nvme0/incarnation'))
    expect(host.registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(Object.keys(host.files('nvme0') ?? {})).toEqual(['incarnation', 'owner', 'seqnum'])
  })
  test('finds it gone by the time that it looks: then nothing is in the way', () => {
    const host = connected()
    host.put('nvme0', { owner: 'past\n' })
    let once = true
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'openDir' && args[0] === host.path('nvme0') && once) {
        once = false
        rmSync(host.path('nvme0'), { recursive: true })
      }
      return call()
    })
    expect(new Registry(sys, host.root).publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
  })
  test('finds it emptied while it empties it: the other cleaner was faster', () => {
    const host = connected()
    host.registry.publish('nvme0', 'past')
    host.recycle('nvme0')
    const registry = interrupted(host, 'unlink', 1, () => host.registry.reap('nvme0'))
    expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
  test('is busy after as many tries as a race can mean', () => {
    const host = connected()
    let tries = 0
    const registry = interrupted(host, 'rename', 'every', () => {
      tries++
      host.put('nvme0', { incarnation: '1\n' })
    })
    expect(refusal(() => registry.publish('nvme0', 'stas'))).toEqual({ code: 'busy', device: 'nvme0' })
    expect(tries).toBe(ATTEMPTS)
    expect(listing(host.path()).filter(line => line.startsWith('.'))).toEqual([])
  })
  test('takes EEXIST for ENOTEMPTY: rename(2) allows both', () => {
    const host = connected()
    host.registry.publish('nvme0', 'past')
    host.recycle('nvme0')
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op !== 'rename' || host.files('nvme0')?.['owner'] === undefined) return call()
      throw errno('EEXIST')
    })
    expect(new Registry(sys, host.root).publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
  })
})

test('a publish whose controller dies takes back exactly what it published, not what took the name since', () => {
  const host = connected()
  let stats = 0
  const sys = around(nodeSys(), (op, args, call) => {
    // Its second look at the controller, right after the rename.
    if (op === 'stat' && String(args[0]).endsWith('class/nvme/nvme0') && ++stats === 2) {
      host.recycle('nvme0')
      renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
      host.put('nvme0', { owner: 'theirs\n' })
    }
    return call()
  })
  expect(new Registry(sys, host.root).publish('nvme0', 'stas')).toEqual({ outcome: 'gone' })
  expect(host.files('nvme0')).toEqual({ owner: 'theirs\n' })
})

test('the registry is made by two at once: each uses what is there', () => {
  const host = fakeHost({ registry: false })
  host.connect('nvme0')
  host.connect('nvme1')
  const registry = interrupted(host, 'mkdir', 1, () => host.registry.publish('nvme1', 'other'))
  expect(registry.publish('nvme0', 'stas')).toEqual({ outcome: 'published' })
  expect(host.registry.entries().map(({ owner }) => owner)).toEqual(['stas', 'other'])
})

describe('a call that keeps failing is no race: io, and not busy, whatever it is', () => {
  const OPERATIONS: readonly [name: string, call: string, run: (registry: Registry) => unknown][] = [
    ['publish', 'rename', r => r.publish('nvme0', 'stas')],
    ['publish', 'mkdir', r => r.publish('nvme0', 'stas')],
    ['publish', 'writeFile', r => r.publish('nvme0', 'stas')],
    ['publish over a dead entry', 'unlink', r => r.publish('nvme1', 'stas')],
    ["publish over libnvme's", 'symlink', r => r.publish('nvme3', 'stas')],
    ['claim', 'rename', r => r.claim('nvme0', 'stas')],
    ['claim of an entry', 'link', r => r.claim('nvme2', 'stas')],
    ['claim of an entry', 'writeFile', r => r.claim('nvme2', 'stas')],
    ["claim of libnvme's", 'link', r => r.claim('nvme3', 'theirs')],
    ['steal', 'rename', r => r.claim('nvme3', 'stas', { steal: true })],
    ['release', 'symlink', r => r.release('nvme3')],
    ['release', 'rename', r => r.release('nvme3')],
    ['update', 'rename', r => r.update('nvme2', 'note', 'x')],
    ['remove', 'unlink', r => r.remove('nvme2', 'note')],
    ['reap', 'unlink', r => r.reap('nvme1')],
    ['reap', 'rmdir', r => r.reap('nvme1')],
    ["reap of libnvme's", 'symlink', r => r.reap('nvme3', '999')],
    ['delete', 'link', r => r.delete('nvme2')],
    ['delete', 'unlink', r => r.delete('nvme2')],
    ['delete of a dead entry', 'unlink', r => r.delete('nvme1')],
    ["delete of libnvme's", 'symlink', r => r.delete('nvme3')],
    ['sweep', 'unlink', r => r.sweep()],
    ['retrieve', 'readFile', r => r.retrieve('nvme2', 'note')],
    ['retrieve of what is condemned', 'readlink', r => r.retrieve('nvme4', 'note')],
    ['entry', 'readdir', r => r.entry('nvme2')],
    ['entries', 'openDir', r => r.entries()],
    ['claim', 'openDir', r => r.claim('nvme2', 'stas')],
    ['claim', 'openNode', r => r.claim('nvme2', 'stas')],
  ]
  test.each(OPERATIONS)('%s: %s', (_, failing, run) => {
    const host = fakeHost()
    for (const device of ['nvme0', 'nvme1', 'nvme2', 'nvme3', 'nvme4']) host.connect(device)
    host.registry.publish('nvme1', 'past')
    host.recycle('nvme1')
    host.registry.update('nvme2', 'note', 'there')
    host.put('nvme3', { owner: 'theirs\n', seqnum: '1\n' })
    host.put('nvme4', { note: 'past\n' })
    symlinkSync('condemned', host.path('nvme4/incarnation'))
    const sys = around(nodeSys(), (op, _args, call) => {
      if (op === failing) throw errno('EIO')
      return call()
    })
    expect(refusal(() => run(new Registry(sys, host.root)))).toEqual({ code: 'io' })
  })
})
