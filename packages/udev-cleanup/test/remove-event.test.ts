import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cleanupHost, fifo } from './host.ts'
import { onHost, run, says } from './running.ts'

describe('a remove event', () => {
  test('of a controller that is gone removes its entry and says whose it was', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n', seqnum: '101\n', note: 'x\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, 'nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)'),
    )
    expect(host.listing()).toEqual(['run/nvme 40755/', 'run/nvme/registry 40755/'])
  })
  test('of an entry without owner and stamp says none', () => {
    const host = cleanupHost()
    host.put('nvme3', { incarnation: '7\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, 'nvme3: ownership entry removed: the controller is gone (owner=none event=102 stamp=none)'),
    )
  })
  test('of a number that a stranger has got removes the dead entry', () => {
    const host = cleanupHost()
    const incarnation = host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: `${incarnation}\n`, seqnum: '101\n' })
    host.remove('nvme3')
    host.connect('nvme3')
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry removed: another controller has this number now (owner="stas" event=102 stamp=101)',
      ),
    )
    expect(host.listing()).toHaveLength(2)
  })
  test("removes libnvme's entry that is older than the event", () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: '101\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry removed: the entry is older than the removal (owner="stas" event=102 stamp=101)',
      ),
    )
  })
  test('of the predecessor leaves the live entry of a recycled number', () => {
    const host = cleanupHost()
    const incarnation = host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: `${incarnation}\n`, seqnum: '101\n' })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '100')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry left: its controller is live: the number was recycled before this event was handled (owner="stas" event=100 stamp=101)',
      ),
    )
    expect(host.listing()).toEqual(before)
  })
  test.each([
    ['newer than the event', '103\n', '103'],
    ['no number', 'abc\n', '"abc"'],
    ['damaged', '', 'none'],
  ])("leaves libnvme's entry of a live number whose stamp is %s", (_, seqnum, stamp) => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, `nvme3: ownership entry left: nothing proves it stale (owner="stas" event=102 stamp=${stamp})`),
    )
    expect(host.listing()).toEqual(before)
  })
  test('leaves a thing in place of an entry, and warns', () => {
    for (const make of [fifo, (path: string) => symlinkSync('/', path), (path: string) => writeFileSync(path, '')]) {
      const host = cleanupHost()
      make(host.path('nvme3'))
      const before = host.listing()
      expect(onHost(host, 'nvme3', '102')).toEqual(
        says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
      )
      expect(host.listing()).toEqual(before)
    }
  })
  test('leaves a live entry whose incarnation is damaged, warns, and names the owner', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: '', seqnum: '101\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner="stas" event=102 stamp=101)'),
    )
  })
  test('leaves everything where sysfs is out of reach, and warns', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
    rmSync(join(host.root, 'sys'), { recursive: true })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        4,
        'nvme3: ownership entry left: /sys/class cannot be read, so nothing can be judged (owner=none event=102 stamp=none)',
      ),
    )
    expect(host.listing()).toEqual(before)
  })
  test('is silent where nothing is registered, and says it where there is no registry', () => {
    const host = cleanupHost()
    expect(onHost(host, 'nvme3', '102')).toEqual({ exit: 0, lines: [], roots: [] })
    host.put('nvme4', { incarnation: `${host.connect('nvme4')}\n` })
    expect(onHost(host, 'nvme3', '102')).toEqual({ exit: 0, lines: [], roots: [] })
    rmSync(join(host.root, 'run'), { recursive: true })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, `nvme3: nothing to do: there is no registry ${host.path()}`),
    )
    expect(host.listing()).toEqual([])
  })
  test('on a host whose registry is a file warns: no entry can be told from that', () => {
    const host = cleanupHost()
    rmSync(host.path(), { recursive: true })
    writeFileSync(host.path(), '')
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
    )
    expect(host.listing()).toEqual(before)
  })
  test('on a host whose registry is a link warns, and removes nothing that is reached through it', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
    renameSync(host.path(), join(host.root, 'run/elsewhere'))
    symlinkSync('../elsewhere', host.path())
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
    )
    expect(host.listing()).toEqual(before)
    expect(onHost(host, '--sweep')).toMatchObject({ exit: 1 })
    expect(host.listing()).toEqual(before)
  })
  test('takes --root behind the device too, and a root that ends in a slash', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n' })
    expect(run(['nvme3', '--root', `${host.root}/`], '102')).toMatchObject({ exit: 0, roots: [`${host.root}/`] })
    expect(host.listing()).toHaveLength(2)
  })
})

test('a directory in a dead entry: the entry stays, damaged, and nothing above the directory is touched', () => {
  const host = cleanupHost()
  host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
  mkdirSync(host.path('nvme3/sub/sub'), { recursive: true })
  expect(onHost(host, 'nvme3', '102')).toEqual(
    says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
  )
  expect(host.listing().map(line => line.split(' ')[0])).toEqual([
    'run/nvme',
    'run/nvme/registry',
    'run/nvme/registry/nvme3',
    'run/nvme/registry/nvme3/incarnation',
    'run/nvme/registry/nvme3/sub',
    'run/nvme/registry/nvme3/sub/sub',
  ])
})
