import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Registry } from '../src/index.ts'
import type { OwnershipChange } from '../src/types.ts'
import { type FakeHost, fakeHost } from './host.ts'

const owned = (owner: string) => ({ state: 'owned', owner }) as const
const NONE = { state: 'unowned', reason: 'no-entry' } as const

/** A watch that has told the present state: what comes next is news. */
async function watching(host: FakeHost, present = 0) {
  const changes = new Registry({ root: host.root }).watch()
  onTestFinished(async () => void (await changes.return?.()))
  const first: OwnershipChange[] = []
  const next = async (): Promise<OwnershipChange> => (await changes.next()).value as OwnershipChange
  for (let i = 0; i < present; i++) first.push(await next())
  // Asked before anything happens, so that the watch has begun; the answer is the first news.
  let asked: Promise<OwnershipChange> | undefined = next()
  await Promise.resolve()
  const news = (): Promise<OwnershipChange> => {
    const answer = asked ?? next()
    asked = undefined
    return answer
  }
  return { first, news, changes }
}

function owning(...devices: string[]): FakeHost {
  const host = fakeHost()
  for (const device of devices) {
    host.connect(device)
    host.registry.publish(device, 'stas')
  }
  return host
}

/** How many directories this process watches, by the kernel's count. */
function inotifyWatches(): number {
  const fds = readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify'
    } catch {
      // The descriptor that lists them is gone by now.
      return false
    }
  })
  return fds.flatMap(fd => readInfo(fd).match(/^inotify /gm) ?? []).length
}
const readInfo = (fd: string): string => String(readFileSync(`/proc/self/fdinfo/${fd}`))

test('watch begins with every entry as it is, in natural order, without a previous state', async () => {
  const host = owning('nvme10', 'nvme2', 'nvme1')
  host.registry.release('nvme1')
  host.remove('nvme10')
  const { first } = await watching(host, 3)
  expect(first).toEqual([
    { device: 'nvme1', ownership: { state: 'unowned', reason: 'no-owner' } },
    { device: 'nvme2', ownership: owned('stas') },
    { device: 'nvme10', ownership: { state: 'unowned', reason: 'stale' } },
  ])
})

test('watch tells of publish, steal, release, claim, delete, and of a reaped entry', async () => {
  const host = fakeHost()
  host.connect('nvme0')
  const { news } = await watching(host)
  host.registry.publish('nvme0', 'stas')
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('stas'), previous: NONE })
  host.registry.claim('nvme0', 'other', { steal: true })
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('other'), previous: owned('stas') })
  host.registry.release('nvme0')
  const released = { state: 'unowned', reason: 'no-owner' }
  expect(await news()).toEqual({ device: 'nvme0', ownership: released, previous: owned('other') })
  host.registry.claim('nvme0', 'third')
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('third'), previous: released })
  host.registry.delete('nvme0')
  expect(await news()).toEqual({ device: 'nvme0', ownership: NONE, previous: owned('third') })
  host.registry.claim('nvme0', 'fourth')
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('fourth'), previous: NONE })
  host.remove('nvme0')
  host.registry.reap('nvme0')
  expect(await news()).toEqual({ device: 'nvme0', ownership: NONE, previous: owned('fourth') })
})

test("watch tells of libnvme's replacement, which moves the entry away, and follows the new directory", async () => {
  const host = owning('nvme0')
  const { news } = await watching(host, 1)
  host.put('.nvme0.tmp.a1B2c3', { seqnum: '101\n', owner: 'libnvme\n' })
  renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
  renameSync(host.path('.nvme0.tmp.a1B2c3'), host.path('nvme0'))
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('libnvme'), previous: owned('stas') })
  writeFileSync(host.path('nvme0/owner'), 'rewritten\n')
  expect(await news()).toMatchObject({ ownership: owned('rewritten') })
  writeFileSync(host.path('.trash.a1B2c3/owner'), 'nobody hears this\n')
  host.registry.claim('nvme0', 'stas', { steal: true })
  expect(await news()).toEqual({ device: 'nvme0', ownership: owned('stas'), previous: owned('rewritten') })
})

test('watch says nothing of attributes, of staging directories and of strangers', async () => {
  const host = owning('nvme0')
  const { news } = await watching(host, 1)
  host.registry.update('nvme0', 'note', 'x')
  host.put('.nvme1.tmp.a1B2c3', { owner: 'half' })
  host.put('other', { owner: 'x' })
  host.registry.remove('nvme0', 'note')
  host.registry.claim('nvme0', 'end', { steal: true })
  expect(await news()).toMatchObject({ ownership: owned('end'), previous: owned('stas') })
})

test('watch tells of damage as unknown', async () => {
  const host = owning('nvme0')
  const { news } = await watching(host, 1)
  writeFileSync(host.path('nvme0/owner'), '')
  expect(await news()).toMatchObject({ ownership: { state: 'unknown' }, previous: owned('stas') })
  rmSync(host.path('nvme0'), { recursive: true })
  writeFileSync(host.path('nvme0'), 'a file')
  host.connect('nvme1')
  host.registry.publish('nvme1', 'stas')
  // Still unknown: no change.
  expect(await news()).toMatchObject({ device: 'nvme1' })
})

describe('changes in a burst', () => {
  test('of 500 of one device arrive as one, with the last state', async () => {
    const host = owning('nvme0')
    const { news } = await watching(host, 1)
    for (let i = 1; i <= 500; i++) host.registry.claim('nvme0', `owner${i}`, { steal: true })
    expect(await news()).toEqual({ device: 'nvme0', ownership: owned('owner500'), previous: owned('stas') })
  })
  test('that cancel each other out are no change', async () => {
    const host = owning('nvme0')
    const { news } = await watching(host, 1)
    host.registry.claim('nvme0', 'other', { steal: true })
    host.registry.claim('nvme0', 'stas', { steal: true })
    host.registry.release('nvme0')
    host.registry.claim('nvme0', 'stas')
    host.connect('nvme1')
    host.registry.publish('nvme1', 'stas')
    expect(await news()).toMatchObject({ device: 'nvme1' })
  })
  test('of 500 devices are all told', async () => {
    const host = fakeHost()
    const { news } = await watching(host)
    const devices = Array.from({ length: 500 }, (_, i) => `nvme${i}`)
    for (const device of devices) {
      host.connect(device)
      host.registry.publish(device, 'stas')
    }
    const told = new Set<string>()
    while (told.size < 500) told.add((await news()).device)
    expect([...told].toSorted()).toEqual(devices.toSorted())
  })
  test('of more than inotify keeps: what it dropped is read all the same', async () => {
    const host = owning('nvme0')
    host.connect('nvme1')
    const { news } = await watching(host, 1)
    const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
    // Each is an event of its own: only equal ones in a row are merged.
    for (let i = 0; i < limit; i++) mkdirSync(host.path(`.strange${i}`))
    host.registry.claim('nvme0', 'other', { steal: true })
    host.registry.publish('nvme1', 'new')
    expect(await news()).toMatchObject({ device: 'nvme0', ownership: owned('other') })
    expect(await news()).toMatchObject({ device: 'nvme1', ownership: owned('new') })
  })
  test('that nobody asks for meanwhile are told when somebody does', async () => {
    const host = owning('nvme0', 'nvme1')
    const { news, changes } = await watching(host, 2)
    host.registry.claim('nvme0', 'other', { steal: true })
    await news()
    host.registry.release('nvme0')
    host.registry.release('nvme1')
    const both = [await changes.next(), await changes.next()].map(({ value }) => value?.device)
    expect(both.toSorted()).toEqual(['nvme0', 'nvme1'])
  })
})

describe('the registry itself', () => {
  test.each([
    ['nothing of it there', []],
    ['only /run/nvme there', ['nvme']],
  ])('is waited for, with %s', async (_, parents) => {
    const host = fakeHost({ registry: false })
    mkdirSync(join(host.root, 'run', ...parents), { recursive: true })
    host.connect('nvme0')
    const { news } = await watching(host)
    host.registry.publish('nvme0', 'stas')
    expect(await news()).toEqual({ device: 'nvme0', ownership: owned('stas'), previous: NONE })
  })
  test('is waited for without /run', async () => {
    const host = fakeHost({ registry: false })
    rmSync(join(host.root, 'run'), { recursive: true })
    host.connect('nvme0')
    const { news } = await watching(host)
    host.registry.publish('nvme0', 'stas')
    expect(await news()).toMatchObject({ device: 'nvme0', ownership: owned('stas') })
  })
  test.each(['run/nvme/registry', 'run/nvme', 'run'])(
    'removed with %s: nobody owns anything; made again: heard',
    async at => {
      const host = owning('nvme0')
      const { news } = await watching(host, 1)
      rmSync(join(host.root, at), { recursive: true })
      expect(await news()).toEqual({ device: 'nvme0', ownership: NONE, previous: owned('stas') })
      host.registry.claim('nvme0', 'again')
      expect(await news()).toEqual({ device: 'nvme0', ownership: owned('again'), previous: NONE })
      host.registry.release('nvme0')
      expect(await news()).toMatchObject({ ownership: { state: 'unowned' } })
    },
  )
  test.each(['run/nvme/registry', 'run/nvme', 'run'])('replaced at %s by another: that one is heard', async at => {
    const host = owning('nvme0')
    const { news } = await watching(host, 1)
    renameSync(join(host.root, at), join(host.root, 'away'))
    host.registry.claim('nvme0', 'new')
    expect(await news()).toEqual({ device: 'nvme0', ownership: owned('new'), previous: owned('stas') })
    host.registry.claim('nvme0', 'newer', { steal: true })
    expect(await news()).toMatchObject({ ownership: owned('newer') })
  })
  test('that is a file: damaged, and the iteration is over', async () => {
    const host = fakeHost({ registry: false })
    mkdirSync(join(host.root, 'run/nvme'))
    writeFileSync(host.path(), '')
    const changes = new Registry({ root: host.root }).watch()
    await expect(changes.next()).rejects.toMatchObject({ code: 'damaged' })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
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
  test('watches of entries that are gone are closed', async () => {
    const host = owning()
    const before = inotifyWatches()
    const { news } = await watching(host)
    for (let i = 0; i < 20; i++) {
      host.connect(`nvme${i}`)
      host.registry.publish(`nvme${i}`, 'stas')
      await news()
      host.registry.delete(`nvme${i}`)
      await news()
    }
    expect(inotifyWatches()).toBe(before + 4)
  })
})
