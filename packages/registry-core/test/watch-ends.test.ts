import { getEventListeners } from 'node:events'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Registry } from '../src/index.ts'
import type { OwnershipChanges } from '../src/node/ownership-changes.ts'
import { nodeSys } from '../src/node/sys.ts'
import type { OwnershipChange } from '../src/types.ts'
import { around, errno, type FakeHost, scratch } from './host.ts'
import { inotifyWatches, nodeWatches, over, owning, watching } from './watching.ts'

/** What the iteration throws; it is over then. */
async function refused(changes: AsyncIterator<OwnershipChange>): Promise<unknown> {
  const error = await changes.next().catch((thrown: unknown) => thrown)
  expect(await changes.next()).toEqual({ done: true, value: undefined })
  return error
}

/** A watch that cannot open a single directory. */
const failing = (host: FakeHost, error: Error): OwnershipChanges =>
  over(
    host,
    around(nodeSys(), (op, _args, call) => {
      if (op === 'openDir') throw error
      return call()
    }),
  )

describe('what ends a watch with an error', () => {
  test('no such root: io, for nothing would tell when it appears', async () => {
    const root = join(scratch(), 'missing')
    expect(await refused(new Registry({ root }).watch())).toMatchObject({ code: 'io', message: `${root} is not there` })
  })
  test('the root goes: io', async () => {
    const host = owning('nvme0')
    const { news } = await watching(host, 1)
    renameSync(host.root, `${host.root}.away`)
    onTestFinished(() => rmSync(`${host.root}.away`, { recursive: true }))
    await expect(news()).rejects.toMatchObject({ code: 'io', message: `${host.root} is not there` })
  })
  test('a root that cannot be watched: io, with the cause', async () => {
    const root = join(scratch(), 'loop')
    symlinkSync('loop', root)
    expect(await refused(new Registry({ root }).watch())).toMatchObject({
      code: 'io',
      message: expect.stringMatching(`^${root} cannot be watched: ELOOP`),
      cause: { code: 'ELOOP' },
    })
  })
  test.each(['run/nvme/registry', 'run/nvme', 'run'])('a file for %s: damaged', async at => {
    const host = owning()
    rmSync(join(host.root, at), { recursive: true })
    writeFileSync(join(host.root, at), '')
    expect(await refused(new Registry({ root: host.root }).watch())).toMatchObject({ code: 'damaged' })
  })
  test('a system call that fails: io, with the cause; no watch stays open', async () => {
    const before = inotifyWatches()
    const error = await refused(failing(owning('nvme0'), errno('EMFILE')))
    const message = 'the registry cannot be watched: EMFILE: made up'
    expect(error).toMatchObject({ code: 'io', message, cause: { code: 'EMFILE' } })
    expect(inotifyWatches()).toBe(before)
  })
  test('what is no errno is a bug, and is thrown as it is', async () => {
    const bug = new TypeError('made up')
    expect(await refused(failing(owning('nvme0'), bug))).toBe(bug)
  })
})

describe('the end', () => {
  test('leaving the loop closes every watch', async () => {
    const host = owning('nvme0', 'nvme1')
    const before = inotifyWatches()
    for await (const { device } of new Registry({ root: host.root }).watch()) {
      expect(device).toBe('nvme0')
      // The root, run, nvme, registry and two entries.
      expect(inotifyWatches()).toBe(before + 6)
      break
    }
    expect(inotifyWatches()).toBe(before)
  })
  test('abort ends a question that waits, and closes every watch', async () => {
    const host = owning('nvme0')
    const before = inotifyWatches()
    const abort = new AbortController()
    const changes = new Registry({ root: host.root }).watch({ signal: abort.signal })
    await changes.next()
    const waiting = [changes.next(), changes.next()]
    abort.abort()
    expect(await Promise.all(waiting)).toEqual([1, 2].map(() => ({ done: true, value: undefined })))
    expect(inotifyWatches()).toBe(before)
  })
  test('return() ends a question that waits', async () => {
    const { changes } = await watching(owning())
    const waiting = changes.next()
    expect(await changes.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
  })
  test('aborted before it began: nothing is told and nothing is watched', async () => {
    const before = inotifyWatches()
    const changes = new Registry({ root: owning('nvme0').root }).watch({ signal: AbortSignal.abort() })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
    expect(inotifyWatches()).toBe(before)
  })
  test.each(['return', 'abort'])('%s leaves no listener on a signal that lives longer', async how => {
    const abort = new AbortController()
    const changes = new Registry({ root: owning().root }).watch({ signal: abort.signal })
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
    if (how === 'abort') abort.abort()
    else await changes.return?.()
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })
})

describe('what is gone is watched no more', () => {
  test('entries', async () => {
    const host = owning()
    const before = await nodeWatches()
    const { news } = await watching(host)
    for (let i = 0; i < 20; i++) {
      host.connect(`nvme${i}`)
      host.registry.publish(`nvme${i}`, 'stas')
      await news()
      host.remove(`nvme${i}`)
      host.registry.reap(`nvme${i}`)
      await news()
    }
    // The root, run, nvme and registry.
    expect(await nodeWatches()).toBe(before + 4)
  })
  test('the directory in whose place another one came', async () => {
    const host = owning('nvme0')
    const before = await nodeWatches()
    const { news } = await watching(host, 1)
    renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
    host.registry.claim('nvme0', 'other')
    await news()
    expect(await nodeWatches()).toBe(before + 5)
  })
  test.each([
    ['run/nvme/registry', 3],
    ['run/nvme', 2],
    ['run', 1],
  ])('the registry, when it goes with %s', async (at, left) => {
    const host = owning('nvme0')
    const before = await nodeWatches()
    const { news } = await watching(host, 1)
    renameSync(join(host.root, at), join(host.root, 'away'))
    await news()
    expect(await nodeWatches()).toBe(before + left)
  })
})
