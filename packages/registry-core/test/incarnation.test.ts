import { renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fakeHost, listing, refusal } from './host.ts'

/** An `incarnation` that is not the canonical decimal form of an inode number is damage, not another incarnation's. */

describe.each([
  ['a space behind it', (live: string) => `${live} `],
  ['a zero before it', (live: string) => `0${live}`],
  ['a sign before it', (live: string) => `+${live}`],
  ['hexadecimal', (live: string) => `0x${Number(live).toString(16)}`],
  ['a fraction', (live: string) => `${live}.0`],
  ['more than 64 bits', (live: string) => `${live}00000000000000000000`],
  ['zero', () => '0'],
  ['a word', () => 'garbage'],
  ["the word of a cleaner's mark, in a file", () => 'condemned'],
])('%s', (_, written) => {
  const owned = () => {
    const host = fakeHost()
    const live = host.connect('nvme0')
    host.registry.publish('nvme0', 'nbft')
    writeFileSync(host.path('nvme0/incarnation'), `${written(live)}\n`)
    return { host, live }
  }
  test('its owner is unknown, also to who asks for the live incarnation, and the entry is damaged', () => {
    const { host, live } = owned()
    const unknown = { state: 'unknown', reason: 'its incarnation is not an inode number' }
    expect(host.registry.ownerOf('nvme0')).toEqual(unknown)
    expect(host.registry.ownerOf('nvme0', live)).toEqual(unknown)
    expect(host.registry.entry('nvme0')).toMatchObject({ state: 'damaged', reason: unknown.reason })
    expect(refusal(() => host.registry.retrieve('nvme0', 'owner'))).toEqual({ code: 'damaged', device: 'nvme0' })
  })
  test('no cleaner touches it while its controller lives, and no writer either', () => {
    const { host } = owned()
    const before = listing(host.path())
    expect(host.registry.sweep().kept).toEqual([
      { device: 'nvme0', reason: 'damaged', owner: 'nbft', seqnum: expect.any(String) },
    ])
    expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'damaged' })
    for (const write of [
      () => host.registry.publish('nvme0', 'x'),
      () => host.registry.claim('nvme0', 'x', { steal: true }),
      () => host.registry.release('nvme0'),
      () => host.registry.update('nvme0', 'note', 'x'),
    ])
      expect(refusal(write)).toEqual({ code: 'damaged', device: 'nvme0' })
    expect(listing(host.path())).toEqual(before)
  })
  test('it goes with its controller', () => {
    const { host } = owned()
    host.remove('nvme0')
    expect(host.registry.sweep().removed).toMatchObject([{ device: 'nvme0', reason: 'controller-gone' }])
  })
})

test('what is unfinished is named, and what is not is not', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.release('nvme0')
  expect(host.registry.unfinished()).toEqual([])
  host.put('nvme0', { 'note.tmp.1-2-x': 'half', 'owner.tmp.a1B2c3': 'half' })
  host.put('.nvme0.new.1.1-2-x', {})
  host.put('.nvme0.tmp.a1B2c3', {})
  host.put('.trash.a1B2c3', {})
  host.put('.other', {})
  writeFileSync(host.path('nvme1'), '')
  expect(host.registry.unfinished().toSorted()).toEqual([
    '.nvme0.new.1.1-2-x',
    '.nvme0.tmp.a1B2c3',
    '.trash.a1B2c3',
    'nvme0/note.tmp.1-2-x',
    'nvme0/owner.tmp.a1B2c3',
  ])
  renameSync(host.path(), host.path('../elsewhere'))
  symlinkSync('elsewhere', host.path())
  expect(refusal(() => host.registry.unfinished())).toEqual({ code: 'damaged' })
})
