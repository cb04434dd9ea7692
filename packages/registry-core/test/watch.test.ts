import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { around, type FakeHost, fakeHost } from './host.ts'
import { NONE, over, owned, owning, watching } from './watching.ts'

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

test.each<[string, (host: FakeHost) => unknown]>([
  ['is deleted', host => host.registry.delete('nvme0')],
  ['goes with its directory', host => rmSync(host.path('nvme0'), { recursive: true })],
])('an entry that %s between the list and its reading is not told of', async (_, happens) => {
  const host = owning('nvme0', 'nvme1')
  let done = false
  const sys = around(nodeSys(), (op, args, call) => {
    if (!done && op === 'openDir' && args[0] === host.path('nvme0')) {
      done = true
      happens(host)
    }
    return call()
  })
  const { first } = await watching(host, 1, over(host, sys))
  expect(first).toEqual([{ device: 'nvme1', ownership: owned('stas') }])
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
  rmSync(host.path('nvme0'))
  expect(await news()).toMatchObject({ device: 'nvme0', ownership: NONE, previous: { state: 'unknown' } })
})

test('watch tells when an entry turns out to be of another incarnation', async () => {
  const host = owning('nvme0')
  const { news } = await watching(host, 1)
  writeFileSync(host.path('nvme0/incarnation'), '1\n')
  const stale = { state: 'unowned', reason: 'stale' }
  expect(await news()).toEqual({ device: 'nvme0', ownership: stale, previous: owned('stas') })
})

test('watch follows the new directory also when the old one was written to after the replacement', async () => {
  const host = owning('nvme0')
  const { news } = await watching(host, 1)
  host.put('.nvme0.tmp.a1B2c3', { owner: 'libnvme\n' })
  renameSync(host.path('nvme0'), host.path('.trash.a1B2c3'))
  renameSync(host.path('.nvme0.tmp.a1B2c3'), host.path('nvme0'))
  writeFileSync(host.path('.trash.a1B2c3/owner'), 'late\n')
  expect(await news()).toMatchObject({ ownership: owned('libnvme') })
  writeFileSync(host.path('nvme0/owner'), 'rewritten\n')
  expect(await news()).toMatchObject({ ownership: owned('rewritten') })
})

const inotifyKeeps = (): number => Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))

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
  test.each(['run', 'run/nvme', 'run/nvme/registry', 'run/nvme/registry/nvme0'])(
    'in %s of more than inotify keeps: what it dropped is read all the same',
    async at => {
      const host = owning('nvme0')
      host.connect('nvme1')
      const { news } = await watching(host, 1)
      const strange = join(host.root, at, '.strange')
      // Two events each, which are not merged: only equal ones in a row are.
      for (let i = 0; i < inotifyKeeps() / 2; i++) {
        mkdirSync(strange)
        rmdirSync(strange)
      }
      host.registry.claim('nvme0', 'other', { steal: true })
      host.registry.publish('nvme1', 'new')
      expect(await news()).toMatchObject({ device: 'nvme0', ownership: owned('other') })
      expect(await news()).toMatchObject({ device: 'nvme1', ownership: owned('new') })
    },
  )
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
})
