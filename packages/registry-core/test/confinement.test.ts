import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { confinedReapSys, confinedSys } from '../src/confined-sys.ts'
import { Registry, type RegistryError, RegistryReader } from '../src/index.ts'
import { layoutBelow, within } from '../src/layout.ts'
import { confineBelow } from '../src/node/confinement.ts'
import { nodeSys } from '../src/node/sys.ts'
import { sweep } from '../src/protocol.ts'
import { fakeHost, scratch } from './host.ts'

/** A root with `a/b/file` in it, beside a directory `outside`; links by their path in the root. */
function tree(links: Readonly<Record<string, string>> = {}): { root: string; at: ReturnType<typeof confineBelow> } {
  const dir = scratch()
  const root = join(dir, 'root')
  mkdirSync(join(root, 'a/b'), { recursive: true })
  mkdirSync(join(dir, 'outside'))
  writeFileSync(join(root, 'a/b/file'), '')
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path))
  return { root, at: confineBelow(root) }
}

describe('a path below a root', () => {
  test.each([
    ['without links', 'a/b/file', 'a/b/file'],
    ['with slashes and dots that say nothing', 'a//./b/file', 'a/b/file'],
    ['with a slash at its end', 'a/b/', 'a/b/'],
    ['with a relative link in it', 'l/b/file', 'a/b/file'],
    ['with a link at its end', 'l', 'a'],
    ['with a link to a link', 'll/file', 'a/b/file'],
    ['with a link that goes up and down again', 'a/up/b/file', 'a/b/file'],
    ['that is not there at its end', 'a/b/new', 'a/b/new'],
    ['with a link that leads nowhere', 'nowhere', 'a/nothing'],
  ])('%s', (_, path, expected) => {
    const { root, at } = tree({ l: 'a', ll: 'l/b', 'a/up': '../a/./', nowhere: 'a/nothing' })
    expect(at(`${root}/${path}`)).toBe(`${root}/${expected}`)
  })

  test('keeps a link at its end for a call that does not follow one', () => {
    const { root, at } = tree({ l: 'a', out: '/etc' })
    expect(at(`${root}/l`, 'keep')).toBe(`${root}/l`)
    expect(at(`${root}/out`, 'keep')).toBe(`${root}/out`)
    expect(at(`${root}/l/b`, 'keep')).toBe(`${root}/a/b`)
  })

  test.each([
    ['an absolute link', { out: '/etc' }, 'out/hosts', 'EXDEV'],
    ['an absolute link that leads nowhere', { out: '/no/such/place' }, 'out', 'EXDEV'],
    ['a link with more .. than it is deep', { 'a/out': '../../outside' }, 'a/out', 'EXDEV'],
    ['a link to a link that leads out', { l: 'a/out', 'a/out': '/etc' }, 'l', 'EXDEV'],
    ['.. in the path itself', {}, 'a/../../outside', 'EXDEV'],
    ['links in a circle', { one: 'two', two: 'one' }, 'one', 'ELOOP'],
    ['a directory that is not there', {}, 'none/file', 'ENOENT'],
    ['.. behind what is not there', { l: 'none/../a' }, 'l/b', 'ENOENT'],
  ])('with %s is an error', (_, links, path, code) => {
    const { root, at } = tree(links as unknown as Record<string, string>)
    expect(() => at(`${root}/${path}`)).toThrow(expect.objectContaining({ code }))
  })

  test('names the link that leads out', () => {
    const { root, at } = tree({ out: '/etc' })
    expect(() => at(`${root}/out/hosts`)).toThrow(`EXDEV: ${root}/out is a link that leads out of ${root}`)
  })

  test('may be as many links as the kernel follows', () => {
    const chain = Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`l${i}`, i === 0 ? 'a' : `l${i - 1}`]))
    const { root, at } = tree(chain)
    expect(at(`${root}/l39`)).toBe(`${root}/a`)
    expect(() => at(`${root}/l40`)).toThrow(expect.objectContaining({ code: 'ELOOP' }))
  })

  test('is left alone where it is not below the root, and all are where that is the host', () => {
    const { root, at } = tree({ out: '/etc' })
    expect(at('/proc/self/fd/3/owner')).toBe('/proc/self/fd/3/owner')
    expect(at(`${root}2/out`)).toBe(`${root}2/out`)
    for (const host of ['/', '//']) expect(confineBelow(host)(`${root}/out`)).toBe(`${root}/out`)
  })
})

/** A registry that `link` leads to from a root of another author, with an entry of a controller that is not there. */
function captured(link: 'run' | 'run/nvme'): { root: string; entries: () => string[] } {
  const host = fakeHost()
  host.put('nvme5', { owner: 'nbft\n', incarnation: '15870\n' })
  const root = join(scratch(), 'captured')
  mkdirSync(join(root, 'sys/class/nvme'), { recursive: true })
  if (link !== 'run') mkdirSync(join(root, 'run'))
  symlinkSync(join(host.root, link), join(root, link))
  return { root, entries: () => readdirSync(host.path()) }
}

describe.each(['run', 'run/nvme'] as const)('a registry behind a link %s out of the root', link => {
  const damaged = expect.objectContaining({
    code: 'damaged',
    message: expect.stringMatching(new RegExp(`/captured/${link} is a link that leads out of .*/captured$`)),
  }) as RegistryError

  test('is not swept, and nothing is removed from it', () => {
    const { root, entries } = captured(link)
    expect(() => new Registry({ root }).sweep()).toThrow(damaged)
    expect(() => new Registry({ root }).delete('nvme5')).toThrow(damaged)
    expect(() => sweep(confinedReapSys(nodeSys(), root), layoutBelow(root))).toThrow(damaged)
    expect(entries()).toEqual(['nvme5'])
  })

  test('says nothing of owners', () => {
    const { root } = captured(link)
    expect(new RegistryReader({ root }).ownerOf('nvme5')).toMatchObject({ state: 'unknown' })
    expect(new RegistryReader({ root }).ownerOf('nvme6')).toMatchObject({ state: 'unknown' })
    expect(() => new RegistryReader({ root }).entries()).toThrow(damaged)
  })

  test('gets no entry', () => {
    const { root, entries } = captured(link)
    mkdirSync(join(root, 'sys/class/nvme/nvme0'))
    mkdirSync(join(root, 'dev'))
    writeFileSync(join(root, 'dev/nvme0'), '')
    expect(() => new Registry({ root }).claim('nvme0', 'stas')).toThrow(damaged)
    expect(entries()).toEqual(['nvme5'])
  })

  test('is not watched', async () => {
    const { root } = captured(link)
    const stop = new AbortController()
    await expect(new Registry({ root }).watch({ signal: stop.signal }).next()).rejects.toThrow(/leads out of/)
    stop.abort()
  })
})

test('a controller whose link leads out of the root is not known to be gone', () => {
  const host = fakeHost()
  host.put('nvme5', { owner: 'nbft\n', incarnation: '15870\n' })
  symlinkSync('/no/such/controller', join(host.root, 'sys/class/nvme/nvme5'))
  const registry = new Registry({ root: host.root })
  expect(registry.ownerOf('nvme5')).toMatchObject({ state: 'unknown' })
  expect(registry.reap('nvme5')).toMatchObject({ outcome: 'kept' })
  expect(existsSync(host.path('nvme5', 'owner'))).toBe(true)
})

test('relative links within the root are followed', () => {
  const host = fakeHost({ registry: false })
  mkdirSync(join(host.root, 'var/run'), { recursive: true })
  symlinkSync('../var/run', join(host.root, 'run/nvme'))
  host.connect('nvme0')
  const registry = new Registry({ root: host.root })
  expect(registry.claim('nvme0', 'stas')).toMatchObject({ outcome: 'claimed' })
  expect(registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
})

test('for the host itself the calls stay the ones that were given', () => {
  const sys = nodeSys()
  expect(confinedSys(sys, '/')).toBe(sys)
  expect(confinedReapSys(sys, '//')).toBe(sys)
})

test('what is not a regular file is told without opening it', () => {
  const root = scratch()
  const opened: string[] = []
  const real = nodeSys()
  const spied = { ...real, readFile: (path: string, limit: number) => (opened.push(path), real.readFile(path, limit)) }
  const sys = confinedSys(spied, root)
  const dir = real.openDir('/dev')
  try {
    expect(sys.readFile(within(dir, 'zero'), 10)).toEqual({ kind: 'other' })
  } finally {
    real.close(dir)
  }
  expect(opened).toEqual([])
})
