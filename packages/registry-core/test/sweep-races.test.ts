import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { layoutBelow } from '../src/layout.ts'
import { nodeSys } from '../src/node/sys.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { Registry } from '../src/registry.ts'
import type { Sys } from '../src/sys.ts'
import { around, deadToken, errno, type FakeHost, fakeHost, listing, refusal } from './host.ts'

/** What others do, and what fails, between two calls of a sweep. */

const NOTHING = { removed: [], kept: [], leftovers: [] }

/** The port, where `op` of this very path does something else the first time. */
function onceAt(op: keyof Sys, path: (text: string) => boolean, instead: (call: () => unknown) => unknown): Sys {
  let once = true
  return around(nodeSys(), (called, args, call) => {
    if (called !== op || !once || !path(String(args[0]))) return call()
    once = false
    return instead(call)
  })
}

const swept = (host: FakeHost, sys: Sys): unknown => new Registry(sys, host.root).sweep()

/** A host with an unfinished thing of a dead writer, and its name. */
function staged(): readonly [FakeHost, string] {
  const host = fakeHost()
  const name = `.nvme0.new.1.${deadToken()}`
  host.put(name, { owner: 'x\n' })
  return [host, name]
}

function unfinished(): readonly [FakeHost, string] {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  const name = `note.tmp.${deadToken()}`
  host.put('nvme0', { [name]: 'half' })
  return [host, name]
}

const failing = (code: string) => (): never => {
  throw errno(code)
}

describe('a staging directory of a dead writer', () => {
  test('that another sweep has cleared by the time that it is opened is not ours to count', () => {
    const [host, name] = staged()
    const clears = (call: () => unknown): unknown => (rmSync(host.path(name), { recursive: true }), call())
    expect(
      swept(
        host,
        onceAt('openDir', path => path.endsWith(name), clears),
      ),
    ).toEqual(NOTHING)
  })
  test('that cannot be opened: io, and it stays', () => {
    const [host, name] = staged()
    expect(
      refusal(() =>
        swept(
          host,
          onceAt('openDir', path => path.endsWith(name), failing('EIO')),
        ),
      ),
    ).toEqual({ code: 'io' })
    expect(host.files(name)).toEqual({ owner: 'x\n' })
  })
})

describe('an unfinished attribute of a dead writer', () => {
  test.each(['ENOENT', 'EISDIR', 'EPERM'])('that unlink answers with %s is not ours to count', code => {
    const [host, name] = unfinished()
    const sys = onceAt('unlink', path => path.endsWith(name), failing(code))
    expect(swept(host, sys)).toMatchObject({ leftovers: [], kept: [{ device: 'nvme0', reason: 'alive' }] })
  })
  test('that cannot be unlinked: io', () => {
    const [host, name] = unfinished()
    expect(
      refusal(() =>
        swept(
          host,
          onceAt('unlink', path => path.endsWith(name), failing('EIO')),
        ),
      ),
    ).toEqual({ code: 'io' })
  })
  test('whose entry goes before it is looked for: there is none', () => {
    const [host] = unfinished()
    let opened = 0
    const sys = around(nodeSys(), (op, args, call) => {
      if (op === 'openDir' && args[0] === host.path('nvme0') && ++opened === 2)
        rmSync(host.path('nvme0'), { recursive: true })
      return call()
    })
    expect(swept(host, sys)).toMatchObject({ leftovers: [] })
    expect(opened).toBe(2)
  })
})

test('each removal is told as it happens, with what the entry said and nothing else', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.remove('nvme0')
  host.put('nvme1', {})
  const told: unknown[] = []
  const { removed } = sweep(nodeSys(), layoutBelow(host.root), entry => {
    expect(host.files(entry.device)).toBeUndefined()
    told.push(entry)
  })
  expect(told).toStrictEqual([
    { device: 'nvme0', reason: 'controller-gone', owner: 'stas', seqnum: '101' },
    { device: 'nvme1', reason: 'controller-gone' },
  ])
  expect(removed).toStrictEqual(told)
})

describe('something in a dead entry that cannot be unlinked', () => {
  test.each(['EISDIR', 'EPERM', 'ENOTEMPTY'])(
    'is a directory by any of the errnos that systems have for it: %s',
    code => {
      const host = fakeHost()
      host.connect('nvme0')
      host.registry.publish('nvme0', 'stas')
      mkdirSync(host.path('nvme0/sub'))
      host.remove('nvme0')
      const sys = around(nodeSys(), (op, args, call) => {
        if (op === 'unlink' && String(args[0]).endsWith('/sub')) throw errno(code)
        return call()
      })
      expect(new Registry(sys, host.root).reap('nvme0')).toEqual({ outcome: 'kept', reason: 'damaged' })
    },
  )
})

test('a directory that was removed while it is open is empty, whether readdir says nothing or ENOENT', () => {
  const host = fakeHost()
  host.put('nvme0', { owner: 'past\n' })
  const sys = around(nodeSys(), (op, args, call) => {
    if (op === 'symlink') throw new Error('it has nothing to condemn')
    if (op !== 'readdir' || !String(args[0]).startsWith('/proc/self/fd/')) return call()
    rmSync(host.path('nvme0'), { recursive: true })
    throw errno('ENOENT')
  })
  expect(new Registry(sys, host.root).reap('nvme0')).toEqual({ outcome: 'none' })
})

test("a directory without identity that holds nothing but claimers' unfinished files is replaced, not filled", () => {
  const host = fakeHost()
  const incarnation = host.connect('nvme0')
  mkdirSync(host.path('nvme0'))
  writeFileSync(host.path('nvme0', `owner.tmp.${deadToken()}`), 'half')
  expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
  expect(host.files('nvme0')).toEqual({ incarnation: `${incarnation}\n`, owner: 'stas\n', seqnum: '101\n' })
  expect(listing(host.path()).filter(line => line.startsWith('.'))).toEqual([])
})
