import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { type AnyScenario, FAST } from '../proof/scenarios.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import type { Reaped, Swept } from '../src/types.ts'
import { around, fakeHost, fifo, listing, refusal } from './host.ts'

describe('reap removes', () => {
  test('the entry of a controller that is gone, with every file in it', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.registry.update('nvme0', 'note', 'x')
    host.put('nvme0', { 'note.tmp.abc': 'half' })
    const event = host.remove('nvme0')
    expect(host.registry.reap('nvme0', event)).toEqual({
      outcome: 'removed',
      reason: 'controller-gone',
      owner: 'stas',
      seqnum: '101',
    })
    expect(listing(host.path())).toEqual([])
  })
  test('it with no event, and with an event that is older than the entry: sysfs is what counts', () => {
    for (const event of [undefined, '1']) {
      const host = fakeHost()
      host.connect('nvme0')
      host.registry.publish('nvme0', 'stas')
      host.remove('nvme0')
      expect(host.registry.reap('nvme0', event)).toMatchObject({ outcome: 'removed', reason: 'controller-gone' })
    }
  })
  test('it when all of /sys/class/nvme is gone: the module was unloaded', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    rmSync(join(host.root, 'sys/class/nvme'), { recursive: true })
    expect(host.registry.reap('nvme0')).toMatchObject({ outcome: 'removed', reason: 'controller-gone' })
  })
  test('the dead entry of a number that a stranger has got', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.recycle('nvme0')
    expect(host.registry.reap('nvme0')).toEqual({
      outcome: 'removed',
      reason: 'number-recycled',
      owner: 'stas',
      seqnum: '101',
    })
    expect(listing(host.path())).toEqual([])
  })
  test("libnvme's entry when the event is newer than its stamp, though the number lives", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'stas\n', seqnum: '101\n' })
    const event = host.remove('nvme0')
    host.connect('nvme0')
    expect(host.registry.reap('nvme0', event)).toEqual({
      outcome: 'removed',
      reason: 'older-than-event',
      owner: 'stas',
      seqnum: '101',
    })
    expect(listing(host.path())).toEqual([])
  })
  test('by the size of the numbers, not as text and not as floating point', () => {
    for (const [event, stamp] of [
      ['100', '99'],
      ['10', '9'],
      ['9007199254740993', '9007199254740992'],
      ['99999999999999999999', '99999999999999999998'],
      ['007', '6'],
    ] as const) {
      const host = fakeHost()
      host.connect('nvme0')
      host.put('nvme0', { seqnum: `${stamp}\n` })
      expect(host.registry.reap('nvme0', event)).toMatchObject({ outcome: 'removed', reason: 'older-than-event' })
    }
  })
  test('a dead entry whose files are damaged: nothing in it has to be understood', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: '', seqnum: new Uint8Array(1 << 20) })
    fifo(host.path('nvme0/incarnation'))
    host.remove('nvme0')
    expect(host.registry.reap('nvme0')).toEqual({ outcome: 'removed', reason: 'controller-gone' })
    expect(listing(host.path())).toEqual([])
  })
  test('an empty directory of a controller that is gone', () => {
    const host = fakeHost()
    host.put('nvme0', {})
    expect(host.registry.reap('nvme0')).toEqual({ outcome: 'removed', reason: 'controller-gone' })
    expect(listing(host.path())).toEqual([])
  })
})

describe('reap keeps', () => {
  test('the entry of a live controller, whatever the event says: the number was registered anew', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    const before = listing(host.root)
    for (const event of [undefined, '1', '101', '102', '99999999999999999999'])
      expect(host.registry.reap('nvme0', event)).toEqual({
        outcome: 'kept',
        reason: 'alive',
        owner: 'stas',
        seqnum: '101',
      })
    expect(listing(host.root)).toEqual(before)
  })
  test.each([
    ['no event', undefined, '101\n'],
    ['an event older than the stamp', '100', '101\n'],
    ['an event as old as the stamp', '101', '101\n'],
    ['an older event that is longer as text', '0100', '101\n'],
    ['a stamp one higher than the event beyond 2^53', '9007199254740992', '9007199254740993\n'],
  ])("libnvme's entry with %s: unproven", (_, event, stamp) => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'stas\n', seqnum: stamp })
    expect(host.registry.reap('nvme0', event)).toEqual({
      outcome: 'kept',
      reason: 'unproven',
      owner: 'stas',
      seqnum: stamp.trim(),
    })
    expect(host.files('nvme0')).toEqual({ owner: 'stas\n', seqnum: stamp })
  })
  test.each([
    ['empty', ''],
    ['only a newline', '\n'],
    ['text', 'abc\n'],
    ['negative', '-1\n'],
    ['hexadecimal', '0x1\n'],
    ['a fraction', '1.5\n'],
    ['exponential', '1e3\n'],
    ['followed by a space', '1 \n'],
    ['two lines', '1\n2\n'],
    ['other digits', '١\n'],
    ['binary', '1\0\n'],
    ['21 digits, more than any sequence number', '000000000000000000001\n'],
    ['huge', `${'1'.repeat(5000)}\n`],
  ])('an entry whose stamp is %s: it never deletes, P5', (_, stamp) => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'stas\n', seqnum: stamp })
    expect(host.registry.reap('nvme0', '99999999999999999999')).toMatchObject({ outcome: 'kept', reason: 'unproven' })
    expect(host.files('nvme0')).toEqual({ owner: 'stas\n', seqnum: stamp })
  })
  test.each([
    ['missing', () => {}],
    ['a FIFO', fifo],
    ['a directory', (path: string) => void mkdirSync(path)],
  ])('an entry whose stamp is %s', (_, make) => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'stas\n' })
    make(host.path('nvme0/seqnum'))
    const before = listing(host.root)
    expect(host.registry.reap('nvme0', '999')).toEqual({ outcome: 'kept', reason: 'unproven', owner: 'stas' })
    expect(listing(host.root)).toEqual(before)
  })
  test.each([
    ['empty', ''],
    ['two lines', '1\n2\n'],
    ['binary', '\0'],
  ])('the entry of a live number whose incarnation is %s: damaged', (_, incarnation) => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.put('nvme0', { incarnation })
    expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'damaged', owner: 'stas' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n', incarnation })
  })
  test('everything when /sys/class is out of reach, or is a file: no-sysfs', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    rmSync(join(host.root, 'sys'), { recursive: true })
    expect(host.registry.reap('nvme0', '999')).toEqual({ outcome: 'kept', reason: 'no-sysfs' })
    mkdirSync(join(host.root, 'sys'))
    writeFileSync(join(host.root, 'sys/class'), '')
    expect(host.registry.reap('nvme0', '999')).toEqual({ outcome: 'kept', reason: 'no-sysfs' })
    expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n' })
  })
  test("an entry though /dev has no node of it: a container's /dev proves nothing", () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    rmSync(join(host.root, 'dev/nvme0'))
    expect(host.registry.reap('nvme0')).toMatchObject({ outcome: 'kept', reason: 'alive' })
  })
  test('a dead entry with a directory in it, which no writer makes: damaged, and its incarnation stays', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    mkdirSync(host.path('nvme0/sub/sub'), { recursive: true })
    host.remove('nvme0')
    expect(host.registry.reap('nvme0')).toEqual({ outcome: 'kept', reason: 'damaged' })
    expect(listing(host.path('nvme0')).map(line => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['incarnation', 'sub', 'sub/sub']),
    )
    host.connect('nvme0')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'stale' })
  })
})

test('reap of nothing: none, and nothing is made', () => {
  const host = fakeHost({ registry: false })
  const before = listing(host.root)
  expect(host.registry.reap('nvme0', '7')).toEqual({ outcome: 'none' })
  expect(listing(host.root)).toEqual(before)
})

test('of two reaps at once one says that it removed the entry', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.remove('nvme0')
  const both: string[] = []
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'readdir' && both.length === 0) both.push(host.registry.reap('nvme0').outcome)
    return call()
  })
  both.push(new Registry(sys, host.root).reap('nvme0').outcome)
  expect(both).toEqual(['removed', 'none'])
})

test('however a helper and a sweep take turns at one dead entry, one of them tells whose it was', () => {
  const both = 'a helper and a sweep remove the same dead entry'
  const scenario = FAST.undisturbed.find(({ name }) => name === both) as AnyScenario
  let ends = 0
  for (const outcome of explore(scenario).outcomes) {
    const [[reaped, swept], left] = JSON.parse(outcome) as [[Reaped, Swept], unknown]
    if (left !== null) continue // the sweep came while it lived
    ends++
    const told = [...(reaped.outcome === 'removed' ? [reaped] : []), ...swept.removed]
    // Who comes when the owner is gone already, and is faster with the rest, cannot know that somebody tells of it.
    expect(told.filter(({ owner }) => owner !== undefined)).toEqual([expect.objectContaining({ owner: 'past' })])
  }
  expect(ends).toBeGreaterThan(2)
})

test('reap of one number leaves every other entry', () => {
  const host = fakeHost()
  for (const device of ['nvme1', 'nvme10', 'nvme11']) {
    host.connect(device)
    host.registry.publish(device, 'stas')
    host.remove(device)
  }
  host.registry.reap('nvme1')
  expect(host.registry.entries().map(({ device }) => device)).toEqual(['nvme10', 'nvme11'])
})

test.each(['', ' ', 'x', '-1', '1 ', '1\n', '0x1', '1.0', '123456789012345678901'])(
  'reap refuses the SEQNUM %j before it looks at anything',
  event => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'stas')
    host.remove('nvme0')
    const before = listing(host.root)
    expect(refusal(() => host.registry.reap('nvme0', event))).toEqual({ code: 'bad-value', device: 'nvme0' })
    expect(listing(host.root)).toEqual(before)
  },
)
