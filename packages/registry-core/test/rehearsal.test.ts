import { deepStrictEqual } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryFs } from '../proof/memory-fs.ts'
import { RegistryError } from '../src/errors.ts'
import { layoutBelow } from '../src/layout.ts'
import { isDevice } from '../src/names.ts'
import { rehearsal } from '../src/protocol/rehearsal.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { errnoOf, type Fd, type Sys } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { deadToken, errno, fakeHost } from './host.ts'
import { counterexample } from './properties.ts'

/** What a call gives, or which errno or error code it fails with. */
function answer(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof RegistryError)) throw error
    return (error as { code: string }).code
  }
}

/** Names and what is there: text is a file, `link` and `other` are special files, a record is a directory. */
interface Tree {
  readonly [name: string]: string | typeof LINK | typeof OTHER | Tree
}
const LINK = Symbol('link')
const OTHER = Symbol('other')

function build(fs: MemoryFs, sys: Sys, at: string, tree: Tree): void {
  for (const [name, what] of Object.entries(tree)) {
    const path = `${at}/${name}`
    if (what === LINK) fs.makeSpecial(path, 'link')
    else if (what === OTHER) fs.makeSpecial(path, 'other')
    else if (what === 'condemned') sys.symlink('condemned', path)
    else if (typeof what === 'string') sys.writeFile(path, encodeUtf8(what), 0o644)
    else {
      sys.mkdir(path, 0o755)
      build(fs, sys, path, what)
    }
  }
}

const LAYOUT = layoutBelow('/')
const DEVICES = ['nvme0', 'nvme2', 'nvme10']
const NAMESPACE = 'NAMESPACE'
/** Writers of the pid namespace: two that live, one that has ended; and one of another namespace. */
const tokens = [`${NAMESPACE}-1-aa`, `${NAMESPACE}-1-bb`, `${NAMESPACE}-2-aa`, 'elsewhere-2-aa', 'a1B2c3']

const junk = fc.constantFrom<Tree[string]>('x\n', '', LINK, OTHER, {}, { sub: 'x' })
const optionally = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined })
const present = (tree: Record<string, Tree[string] | undefined>): Tree =>
  Object.fromEntries(Object.entries(tree).flatMap(([name, what]) => (what === undefined ? [] : [[name, what]])))

/** `live` stands for the incarnation that is there, which is known when the tree is built. */
const files: fc.Arbitrary<Tree> = fc
  .record({
    owner: optionally(fc.oneof(fc.constantFrom('stas\n', 'nbft\n'), junk)),
    seqnum: optionally(fc.oneof(fc.constantFrom('101\n', 'soon\n'), junk)),
    incarnation: optionally(fc.oneof({ weight: 4, arbitrary: fc.constantFrom('live', '1\n', 'condemned') }, junk)),
    note: optionally(junk),
    '.hidden': optionally(junk),
    [`note.tmp.${tokens[2]}`]: optionally(junk),
    [`owner.tmp.${tokens[0]}`]: optionally(junk),
    [`zone.tmp.${tokens[1]}`]: optionally(junk),
  })
  .map(present)
const entry = fc.oneof({ weight: 6, arbitrary: files }, fc.constantFrom<Tree[string]>('a file\n', LINK, OTHER, {}))

const host = fc.record({
  live: fc.subarray(DEVICES),
  sysfs: fc.boolean(),
  registry: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom<Tree[string] | undefined>(undefined, 'a file\n', LINK) },
    {
      weight: 12,
      arbitrary: fc
        .tuple(
          fc.record(Object.fromEntries(DEVICES.map(name => [name, optionally(entry)]))),
          fc.dictionary(
            fc
              .tuple(fc.constantFrom(...DEVICES), fc.constantFrom(...tokens))
              .map(([device, token]) => `.${device}.new.${token.includes('bb') ? '1' : 'LIVE'}.${token}`),
            entry,
            { maxKeys: 3 },
          ),
          fc.dictionary(fc.constantFrom('.trash.a1B2c3', '.nvme0.tmp.a1B2c3', 'README', 'nvme02'), entry, {
            maxKeys: 1,
          }),
        )
        .map(([entries, staging, strange]) => present({ ...entries, ...staging, ...strange })),
    },
  ),
  /** Reading what has this name fails, in whatever directory it is. */
  broken: optionally(fc.constantFrom('owner', 'incarnation', 'seqnum', 'nvme2', 'self', 'class')),
})
type Host = typeof host extends fc.Arbitrary<infer T> ? T : never

function hostOf({ live, sysfs, registry }: Host): MemoryFs {
  const fs = new MemoryFs()
  const sys = fs.sysFor('builder', () => 'unused')
  build(fs, sys, '', {
    run: { nvme: {} },
    proc: { self: { ns: { pid: '' } } },
    sys: sysfs ? { class: { nvme: Object.fromEntries(live.map(name => [name, {}])) } } : {},
  })
  const namespace = sys.stat('/proc/self/ns/pid').ino
  const incarnationOf = (name: string): string =>
    sysfs && live.includes(name) ? sys.stat(`/sys/class/nvme/${name}`).ino : '1'
  const named = (name: string): string =>
    name.replace(NAMESPACE, namespace).replace('LIVE', incarnationOf(name.slice(1).split('.')[0] as string))
  const known = (what: Tree[string], device: string): Tree[string] => {
    if (typeof what !== 'object') return what
    const all = Object.fromEntries(Object.entries(what).map(([name, inside]) => [named(name), inside]))
    return all['incarnation'] === 'live' ? { ...all, incarnation: `${incarnationOf(device)}\n` } : (all as Tree)
  }
  const whole =
    typeof registry === 'object'
      ? present(Object.fromEntries(Object.entries(registry).map(([name, what]) => [named(name), known(what, name)])))
      : registry
  if (whole !== undefined) build(fs, sys, '/run/nvme', { registry: whole })
  return fs
}

/** Only the first process runs. */
const sweeperIn = (fs: MemoryFs): Sys =>
  fs.sysFor(
    'sweeper',
    () => 'unused',
    pid => pid !== 1,
  )

/** A port on which reading what has this name fails with EIO. */
function failing(sys: Sys, name: string | undefined): Sys {
  const check = (path: string): string => {
    if (name !== undefined && path.split('/').at(-1) === name) throw errno('EIO')
    return path
  }
  return {
    ...sys,
    // What is no directory fails to be opened as one before it is read.
    openDir: path => sys.openDir(isDevice(name ?? '') ? check(path) : path),
    readFile: (path, limit) => sys.readFile(check(path), limit),
    stat: path => sys.stat(check(path)),
  }
}

test('a dry run says of any registry what the next sweep does, and leaves no trace', { timeout: 60_000 }, () => {
  let work = 0
  expect(
    counterexample(
      fc.property(host, described => {
        const fs = hostOf(described)
        const sys = failing(sweeperIn(fs), described.broken)
        const before = fs.key()
        const dry = answer(() => sweep(rehearsal(sys), LAYOUT))
        deepStrictEqual(fs.key(), before)
        const swept = answer(() => sweep(sys, LAYOUT))
        deepStrictEqual(dry, swept)
        if (fs.key() !== before) work++
      }),
      1000,
    ),
  ).toBeUndefined()
  // The question is worth asking: in many of them something goes.
  expect(work).toBeGreaterThan(10)
})

test('a dry run is given no call that writes', () => {
  const fs = hostOf({ live: [], sysfs: true, registry: { nvme0: { owner: 'stas\n' } }, broken: undefined })
  const { openDir, close, stat, readFile, readdir, readlink, isGone } = sweeperIn(fs)
  const look = { openDir, close, stat, readFile, readdir, readlink, isGone }
  expect(sweep(rehearsal(look), LAYOUT)).toEqual({
    removed: [{ device: 'nvme0', reason: 'controller-gone', owner: 'stas' }],
    kept: [],
    leftovers: [],
  })
})

test('on a real file system too, where names need not be UTF-8, and no descriptor stays open', () => {
  const real = fakeHost()
  for (const device of ['nvme0', 'nvme1', 'nvme2', 'nvme3', 'nvme4']) {
    real.connect(device)
    real.registry.publish(device, `o-${device}`)
  }
  for (const device of ['nvme1', 'nvme2', 'nvme3']) real.remove(device)
  real.recycle('nvme4')
  real.put('nvme5', { owner: 'libnvme\n', seqnum: '1\n' })
  mkdirSync(real.path('nvme2/sub'))
  writeFileSync(Buffer.concat([Buffer.from(`${real.path('nvme3')}/`), Buffer.of(0xff)]), '')
  real.put('nvme0', { [`note.tmp.${deadToken()}`]: 'half' })
  real.put(`.nvme7.new.1.${deadToken()}`, { owner: 'half' })
  real.put(`.nvme8.new.1.${deadToken()}`, {})
  mkdirSync(real.path(`.nvme8.new.1.${deadToken()}/sub`), { recursive: true })
  // Inode, mode, size and the time of the last change of each: Node cannot name them all.
  const traces = (): unknown[] => [
    execFileSync('find', [real.root, '-printf', '%i %m %s %C@ %p\n'], { encoding: 'latin1' }),
    readdirSync('/proc/self/fd').length,
  ]
  const before = traces()
  const removed: string[] = []
  const onRemoved = ({ device }: { device: string }): void => void removed.push(device)
  const dry = real.registry.sweep({ dryRun: true, onRemoved })
  expect(removed).toEqual([])
  expect(traces()).toEqual(before)
  expect(dry.removed.map(({ device }) => device)).toEqual(['nvme1', 'nvme4', 'nvme5'])
  expect(dry.kept.map(({ device, reason }) => [device, reason])).toEqual([
    ['nvme0', 'alive'],
    ['nvme2', 'damaged'],
    ['nvme3', 'damaged'],
  ])
  expect(dry.leftovers).toHaveLength(3)
  expect(real.registry.sweep({ dryRun: false, onRemoved })).toEqual(dry)
  expect(removed).toEqual(['nvme1', 'nvme4', 'nvme5'])
  expect(traces()).not.toEqual(before)
})

test('whatever is removed and made through it, it answers as a file system would that did it', () => {
  const names = ['a', 'b', 'dir', 'special', 'link', 'absent']
  const path = fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom(...names).map(name => `dir/${name}`),
  )
  const call = fc.tuple(fc.constantFrom('unlink', 'rmdir', 'symlink', 'readlink', 'readFile', 'list'), path)
  expect(
    counterexample(
      fc.property(fc.array(call, { maxLength: 8 }), calls => {
        const fs = new MemoryFs()
        const builder = fs.sysFor('builder', () => 'unused')
        build(fs, builder, '', { top: { a: '1', b: '2', dir: { a: '3' }, special: OTHER } })
        builder.symlink('somewhere', '/top/link')
        const really = fs.clone()
        const before = fs.key()
        const dry = rehearsal(fs.sysFor('one', () => 'unused'))
        const real = really.sysFor('one', () => 'unused')
        // Through descriptors that stay open, as the protocol works.
        const [dryTop, realTop] = [dry.openDir('/top'), real.openDir('/top')]
        let gone = false
        for (const [op, at] of calls) {
          // Nobody goes through a path whose directory he has removed.
          if (gone && at.startsWith('dir/')) continue
          const mine = answer(() => doing(dry, op, `${own(dryTop)}/${at}`))
          const theirs = answer(() => doing(real, op, `${own(realTop)}/${at}`))
          deepStrictEqual(mine, theirs, `${op} ${at}`)
          gone ||= op === 'rmdir' && at === 'dir' && theirs === undefined
        }
        deepStrictEqual(dry.readdir(own(dryTop)).toSorted(), real.readdir(own(realTop)).toSorted())
        dry.close(dryTop)
        deepStrictEqual(fs.key(), before)
      }),
      2000,
    ),
  ).toBeUndefined()
})

test('what it removed and made it shows to every call, and says where', () => {
  const fs = new MemoryFs()
  build(
    fs,
    fs.sysFor('builder', () => 'unused'),
    '',
    { top: { a: '1', dir: {} } },
  )
  const dry = rehearsal(fs.sysFor('one', () => 'unused'))
  const looks = (path: string): unknown[] =>
    [dry.openDir, (at: string) => dry.readFile(at, 9), dry.readlink].map(look => answer(() => look(path)))
  dry.unlink('/top/a')
  expect(looks('/top/a')).toEqual(['ENOENT', 'ENOENT', 'ENOENT'])
  expect(() => dry.readFile('/top/a', 9)).toThrow('ENOENT: /top/a')
  dry.symlink('target', '/top/a')
  expect(looks('/top/a')).toEqual(['ENOTDIR', 'ELOOP', 'target'])
  dry.rmdir('/top/dir')
  expect(looks('/top/dir')).toEqual(['ENOENT', 'ENOENT', 'ENOENT'])
})

test('what cannot be looked at cannot be removed either, as far as it can tell', () => {
  const fs = new MemoryFs()
  const sys = fs.sysFor('one', () => 'unused')
  build(fs, sys, '', { top: { a: '1' } })
  const dry = rehearsal({
    ...sys,
    openDir: () => {
      throw errno('EACCES')
    },
  })
  expect(answer(() => dry.unlink('/top/a'))).toBe('EACCES')
  expect(dry.readFile('/top/a', 9)).toMatchObject({ kind: 'file' })
})

const own = (fd: Fd): string => `/proc/self/fd/${fd}`

function doing(sys: ReturnType<typeof rehearsal>, op: string, at: string): unknown {
  switch (op) {
    case 'symlink':
      return sys.symlink('target', at)
    case 'readFile':
      return sys.readFile(at, 9)
    case 'list': {
      const dir = sys.openDir(at)
      try {
        return sys.readdir(own(dir)).toSorted()
      } finally {
        sys.close(dir)
      }
    }
    default:
      return sys[op as 'unlink' | 'rmdir' | 'readlink'](at)
  }
}
