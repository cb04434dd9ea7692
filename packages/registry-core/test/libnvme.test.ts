import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type FakeHost, fakeHost, listing } from './host.ts'

/** libnvme 3 on the same host: its formats read here, ours read there (registry.c). */
const libnvme = {
  /** libnvmf_registry_retrieve: links are followed, ENOENT and an empty file are nothing, the newline is stripped. */
  read(host: FakeHost, device: string, attribute: string): string | undefined {
    const path = host.path(device, attribute)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return text === '' ? undefined : text.replace(/[\r\n]+$/, '')
  },
  /** Its create: hidden directory, the old entry moved to the trash, rename. */
  create(host: FakeHost, device: string, owner: string): void {
    host.put(`.${device}.tmp.a1B2c3`, { owner: `${owner}\n`, seqnum: `${host.seqnum()}\n` })
    if (host.files(device) !== undefined) renameSync(host.path(device), host.path('.trash.a1B2c3'))
    renameSync(host.path(`.${device}.tmp.a1B2c3`), host.path(device))
    rmSync(host.path('.trash.a1B2c3'), { recursive: true, force: true })
  },
  /** Which names its readers show: no dot in front, no `.tmp.` inside. */
  shows: (name: string): boolean => !name.startsWith('.') && !name.includes('.tmp.'),
}

test("libnvme's entry of a live controller is owned, and its attributes are read", () => {
  const host = fakeHost()
  host.connect('nvme0')
  libnvme.create(host, 'nvme0', 'stas')
  host.put('nvme0', { note: 'no newline' })
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'stas' })
  expect(host.registry.entry('nvme0')).toEqual({
    device: 'nvme0',
    state: 'live',
    owner: 'stas',
    seqnum: '101',
    attributes: { note: 'no newline' },
    damagedAttributes: {},
  })
})

test("libnvme's entry of a controller that is gone is stale, and owned by nobody", () => {
  const host = fakeHost()
  host.connect('nvme0')
  libnvme.create(host, 'nvme0', 'stas')
  host.remove('nvme0')
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'stale' })
  expect(host.registry.retrieve('nvme0', 'owner')).toBeUndefined()
})

test('what we write libnvme reads back byte for byte, and shows no other name', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'Jürgen’s 𝄞 orchestrator')
  host.registry.update('nvme0', 'note', ' spaces stay ')
  expect(libnvme.read(host, 'nvme0', 'owner')).toBe('Jürgen’s 𝄞 orchestrator')
  expect(libnvme.read(host, 'nvme0', 'note')).toBe(' spaces stay ')
  expect(libnvme.read(host, 'nvme0', 'seqnum')).toMatch(/^[0-9]+$/)
  expect(Object.keys(host.files('nvme0') ?? {}).filter(libnvme.shows)).toEqual([
    'incarnation',
    'note',
    'owner',
    'seqnum',
  ])
})

test.each<[string, (host: FakeHost) => unknown]>([
  ['released', host => host.registry.release('nvme0')],
  ['deleted', host => host.registry.delete('nvme0')],
])('libnvme reads no owner of what was %s, and the next owner', (_, happens) => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'x')
  expect(libnvme.read(host, 'nvme0', 'owner')).toBe('stas')
  happens(host)
  expect(libnvme.read(host, 'nvme0', 'owner')).toBeUndefined()
  host.registry.claim('nvme0', 'nbft')
  expect(libnvme.read(host, 'nvme0', 'owner')).toBe('nbft')
})

test("libnvme's connect and its update make an entry of what was deleted", () => {
  const host = fakeHost()
  for (const device of ['nvme0', 'nvme1']) {
    host.connect(device)
    host.registry.publish(device, 'stas')
    host.registry.delete(device)
  }
  libnvme.create(host, 'nvme0', 'theirs')
  host.put('nvme1', { 'owner.tmp.a1B2c3': 'theirs\n' })
  renameSync(host.path('nvme1/owner.tmp.a1B2c3'), host.path('nvme1/owner'))
  for (const device of ['nvme0', 'nvme1'])
    expect(host.registry.ownerOf(device)).toEqual({ state: 'owned', owner: 'theirs' })
})

test('an entry that its update made (no stamp, no owner) is live and unowned, and neither event nor sweep takes it', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.put('nvme0', { note: 'x\n' })
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-owner' })
  expect(host.registry.reap('nvme0', '999')).toEqual({ outcome: 'kept', reason: 'unproven' })
  expect(host.registry.sweep().kept).toEqual([{ device: 'nvme0', reason: 'unproven' }])
  expect(host.files('nvme0')).toEqual({ note: 'x\n' })
})

test('an update identifies its entry like a claim does, so that no event takes what was written into it', () => {
  const host = fakeHost()
  const incarnation = host.connect('nvme0')
  libnvme.create(host, 'nvme0', 'theirs')
  host.registry.update('nvme0', 'note', 'x')
  expect(host.files('nvme0')).toEqual({
    incarnation: `${incarnation}\n`,
    note: 'x\n',
    owner: 'theirs\n',
    seqnum: '101\n',
  })
  expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'alive' })
})

test('an empty directory is an entry without owner, which a claim fills', () => {
  const host = fakeHost()
  const incarnation = host.connect('nvme0')
  mkdirSync(host.path('nvme0'))
  expect(host.registry.entry('nvme0')).toEqual({
    device: 'nvme0',
    state: 'live',
    attributes: {},
    damagedAttributes: {},
  })
  expect(host.registry.claim('nvme0', 'stas')).toEqual({ outcome: 'claimed' })
  expect(host.files('nvme0')).toMatchObject({ owner: 'stas\n', incarnation: `${incarnation}\n` })
})

test('its hidden directories are no entries, and sweep leaves them: they name no writer', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.put('.nvme0.tmp.a1B2c3', { owner: 'half' })
  host.put('.trash.a1B2c3', { owner: 'past\n' })
  const before = listing(host.root)
  expect(host.registry.entries()).toEqual([])
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'unowned', reason: 'no-entry' })
  expect(host.registry.sweep()).toEqual({ removed: [], kept: [], leftovers: [] })
  expect(listing(host.root)).toEqual(before)
})

test('its unfinished attributes are not shown', () => {
  const host = fakeHost()
  host.connect('nvme0')
  libnvme.create(host, 'nvme0', 'stas')
  host.put('nvme0', { 'x.tmp.123': 'half', 'owner.tmp.a1B2c3': 'half', 'with.dot': 'x\n', '.hidden': 'x\n' })
  const entry = host.registry.entry('nvme0')
  expect([entry?.owner, entry?.attributes, entry?.damagedAttributes]).toEqual(['stas', {}, {}])
})

test('its zero-length owner, which it reads as nobody, is unknown here: something was lost', () => {
  const host = fakeHost()
  host.connect('nvme0')
  host.put('nvme0', { owner: '' })
  expect(libnvme.read(host, 'nvme0', 'owner')).toBeUndefined()
  expect(host.registry.ownerOf('nvme0')).toMatchObject({ state: 'unknown' })
})

describe('side by side', () => {
  test('its connect replaces our dead entry, and ours replaces its', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.publish('nvme0', 'ours')
    host.recycle('nvme0')
    libnvme.create(host, 'nvme0', 'theirs')
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'theirs' })
    host.recycle('nvme0')
    expect(host.registry.publish('nvme0', 'ours')).toEqual({ outcome: 'published' })
    expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: 'ours' })
  })
  test('its owner of a live controller is respected by our claim, and stolen only when that is asked', () => {
    const host = fakeHost()
    host.connect('nvme0')
    libnvme.create(host, 'nvme0', 'theirs')
    expect(() => host.registry.claim('nvme0', 'ours')).toThrow("nvme0 is owned by 'theirs'")
    expect(host.registry.claim('nvme0', 'ours', { steal: true })).toEqual({ outcome: 'stolen', from: 'theirs' })
    expect(libnvme.read(host, 'nvme0', 'owner')).toBe('ours')
  })
  test('after a claim identified its entry, no event can take it by the stamp any more', () => {
    const host = fakeHost()
    host.connect('nvme0')
    libnvme.create(host, 'nvme0', 'stas')
    host.registry.claim('nvme0', 'stas')
    expect(host.registry.reap('nvme0', '999')).toMatchObject({ outcome: 'kept', reason: 'alive' })
  })
})
