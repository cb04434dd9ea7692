import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Registry } from '../src/registry.ts'
import { errnoOf } from '../src/sys.ts'
import { type FakeHost, fakeHost, inode, listing } from './host.ts'

/** Needs: root, for mounts and for being somebody else. */

/** A host whose registry is a file system of its own, as small as the options make it. */
function mounted(options: string): FakeHost {
  const host = fakeHost({ registry: false })
  mkdirSync(host.path(), { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', host.path()])
  onTestFinished(() => void spawnSync('umount', ['-l', host.path()]))
  return host
}

function fillBytes(host: FakeHost): void {
  const block = new Uint8Array(4096)
  for (let i = 0; ; i++) {
    try {
      writeFileSync(host.path(`ballast${i}`), block)
    } catch {
      // Full: what was asked for.
      return
    }
  }
}

function fillInodes(host: FakeHost): void {
  for (let i = 0; ; i++) {
    try {
      writeFileSync(host.path(`ballast${i}`), '')
    } catch {
      // Full: what was asked for.
      return
    }
  }
}

/** The code of what a call throws, and the errno behind it. */
function failure(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: unknown }
    return `${code}: ${errnoOf(cause)}`
  }
}

/** nvme0 is stas's, nvme1 nobody's and without entry, nvme2 has a dead predecessor's entry. */
function populate(host: FakeHost): void {
  for (const device of ['nvme0', 'nvme2']) {
    host.connect(device)
    host.registry.publish(device, 'stas')
  }
  host.connect('nvme1')
  host.recycle('nvme2')
}

const WRITES: readonly (readonly [name: string, write: (host: FakeHost) => unknown])[] = [
  ['publish', ({ registry }) => registry.publish('nvme1', 'new')],
  ['publish over a dead entry', ({ registry }) => registry.publish('nvme2', 'new')],
  ['claim', ({ registry }) => registry.claim('nvme1', 'new')],
  ['steal', ({ registry }) => registry.claim('nvme0', 'new', { steal: true })],
  ['update', ({ registry }) => registry.update('nvme0', 'note', 'x'.repeat(4096))],
  ['update that makes an entry', ({ registry }) => registry.update('nvme1', 'note', 'x')],
]

describe.each([
  ['bytes', 'size=32k', fillBytes],
  ['inodes', 'nr_inodes=12', fillInodes],
])('a registry that is out of %s', (out, options, fill) => {
  test.each(WRITES)('%s: io because of ENOSPC; nothing is left of it and every entry is as it was', (_name, write) => {
    const host = mounted(options)
    populate(host)
    fill(host)
    const before = listing(host.path())
    expect(failure(() => write(host))).toBe('io: ENOSPC')
    expect(listing(host.path())).toEqual(before)
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  })
  test.each<[string, (registry: Registry) => unknown, result: unknown]>([
    ['release', r => r.release('nvme0'), 'stas'],
    ["delete of a live controller's entry", r => r.delete('nvme0'), true],
  ])('%s makes links, which take inodes and no bytes', (_name, write, result) => {
    const host = mounted(options)
    populate(host)
    fill(host)
    const before = listing(host.path())
    const said = failure(() => write(host.registry))
    const changed = !isDeepStrictEqual(listing(host.path()), before)
    expect({ said, changed, state: host.registry.ownerOf('nvme0').state }).toEqual(
      out === 'bytes'
        ? { said: result, changed: true, state: 'unowned' }
        : { said: 'io: ENOSPC', changed: false, state: 'owned' },
    )
  })
  test('everything that frees space works', () => {
    const host = mounted(options)
    populate(host)
    fill(host)
    host.remove('nvme0')
    expect(host.registry.reap('nvme2')).toMatchObject({ outcome: 'removed' })
    expect(host.registry.delete('nvme0')).toBe(true)
    expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [] })
    expect(host.registry.publish('nvme1', 'new')).toEqual({ outcome: 'published' })
  })
})

function readOnly(): FakeHost {
  const host = mounted('size=1m')
  populate(host)
  execFileSync('mount', ['-o', 'remount,ro', host.path()])
  return host
}

describe('a registry that is read-only', () => {
  test.each([
    ...WRITES,
    ['release', ({ registry }: FakeHost) => registry.release('nvme0')],
    ['delete', ({ registry }: FakeHost) => registry.delete('nvme0')],
    ['reap', ({ registry }: FakeHost) => registry.reap('nvme2')],
    ['sweep', ({ registry }: FakeHost) => registry.sweep()],
  ] as typeof WRITES)('%s: io because of EROFS, and nothing is touched', (_name, write) => {
    const host = readOnly()
    const before = listing(host.path())
    expect(failure(() => write(host))).toBe('io: EROFS')
    expect(listing(host.path())).toEqual(before)
  })
  test('is read as ever', () => {
    const { registry } = readOnly()
    expect(registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
    expect(registry.entries().map(({ state }) => state)).toEqual(['live', 'stale'])
  })
})

/** Runs as `nobody`, without a root's rights; gives them back. */
function asNobody<T>(use: () => T): T {
  process.seteuid?.(65534)
  try {
    return use()
  } finally {
    process.seteuid?.(0)
  }
}

/** nvme0's directory and all above it let everybody in. */
function open(): FakeHost {
  const host = fakeHost()
  chmodSync(host.root, 0o755)
  populate(host)
  return host
}

describe('an ordinary user', () => {
  test('reads everything', () => {
    const { registry } = open()
    asNobody(() => {
      expect(registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
      expect(registry.entries().map(({ state }) => state)).toEqual(['live', 'stale'])
    })
  })
  test.each(WRITES)('cannot %s: io because of EACCES, and nothing is touched', (_name, write) => {
    const host = open()
    const before = listing(host.path())
    expect(asNobody(() => failure(() => write(host)))).toBe('io: EACCES')
    expect(listing(host.path())).toEqual(before)
  })
  test('for whom an entry is closed: unknown, never unowned; io for the rest; kept as unreadable by a sweep', () => {
    const host = open()
    chownSync(host.path('nvme0'), 0, 0)
    chmodSync(host.path('nvme0'), 0o700)
    host.remove('nvme2')
    asNobody(() => {
      expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' })
      expect(failure(() => host.registry.entry('nvme0'))).toBe('io: EACCES')
      expect(failure(() => host.registry.retrieve('nvme0', 'owner'))).toBe('io: EACCES')
    })
    host.registry.sweep()
    asNobody(() =>
      expect(host.registry.sweep()).toEqual({
        removed: [],
        kept: [{ device: 'nvme0', reason: 'unreadable' }],
        leftovers: [],
      }),
    )
  })
  test.each(['owner', 'incarnation'])('for whom %s is closed: unknown, never unowned', file => {
    const host = open()
    chmodSync(host.path('nvme0', file), 0o600)
    asNobody(() => expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' }))
  })
  test('for whom the registry is closed: unknown, and io for the list', () => {
    const host = open()
    chmodSync(host.path(), 0o700)
    asNobody(() => {
      expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' })
      expect(failure(() => host.registry.entries())).toBe('io: EACCES')
    })
  })
})

test('100,000 entries are listed and swept', () => {
  const host = fakeHost()
  const many = 100_000
  for (let i = 0; i < many; i++) {
    const device = `nvme${i}`
    const sysfs = join(host.root, 'sys/class/nvme', device)
    mkdirSync(sysfs)
    mkdirSync(host.path(device))
    writeFileSync(host.path(device, 'owner'), 'stas\n')
    writeFileSync(host.path(device, 'incarnation'), `${inode(sysfs)}\n`)
  }
  const listed = timed('entries()', () => host.registry.entries())
  expect(listed).toHaveLength(many)
  expect(listed.every(({ state }) => state === 'live')).toBe(true)
  expect(listed.slice(0, 3).map(({ device }) => device)).toEqual(['nvme0', 'nvme1', 'nvme2'])
  expect(timed('sweep() of the living', () => host.registry.sweep()).kept).toHaveLength(many)
  renameSync(join(host.root, 'sys/class/nvme'), join(host.root, 'graveyard/all'))
  mkdirSync(join(host.root, 'sys/class/nvme'))
  expect(timed('sweep() of the dead', () => host.registry.sweep()).removed).toHaveLength(many)
  expect(listing(host.path())).toEqual([])
  rmSync(join(host.root, 'graveyard'), { recursive: true })
})

function timed<T>(what: string, call: () => T): T {
  const begun = performance.now()
  const result = call()
  process.stdout.write(`100,000 entries: ${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
  return result
}
