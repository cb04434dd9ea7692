import { rmSync } from 'node:fs'
import { nodeSys } from '@nvmf/registry-core/node'
import type { ReapSys } from '@nvmf/registry-core/protocol'
import { describe, expect, test } from 'vitest'
import { SAMPLES, sample } from '../src/crowd.ts'
import { type CleanupExit, cleanup } from '../src/index.ts'
import { type CleanupHost, cleanupHost } from './host.ts'

/** Runs one removal; `judged` are the entries whose directories were opened. */
function remove(host: CleanupHost, device: string, seqnum: string) {
  const lines: string[] = []
  const judged: string[] = []
  const real = nodeSys()
  const sys: ReapSys = {
    ...real,
    openDir: path => {
      const name = /\/registry\/(.+)$/.exec(path)?.[1]
      if (name !== undefined) judged.push(name)
      return real.openDir(path)
    },
  }
  const exit: CleanupExit = cleanup({
    sys,
    args: ['--root', host.root, device],
    seqnum,
    log: (_root, { text }) => lines.push(text),
  })
  return { exit, lines, judged }
}

const entries = (host: CleanupHost): string[] =>
  host.listing().flatMap(line => /^run\/nvme\/registry\/(\S+) \d+\/$/.exec(line)?.[1] ?? [])

function register(host: CleanupHost, count: number, live: (instance: number) => boolean): void {
  for (let instance = 0; instance < count; instance++) {
    const device = `nvme${instance}`
    const incarnation = live(instance) ? host.connect(device) : '7'
    host.put(device, { owner: 'stas\n', incarnation: `${incarnation}\n`, seqnum: '101\n' })
  }
}

describe('a removal', () => {
  test('among a thousand live controllers looks at four other entries and says one line', () => {
    const host = cleanupHost()
    register(host, 1000, instance => instance !== 7)
    const { exit, lines, judged } = remove(host, 'nvme7', '102')
    expect({ exit, lines: lines.length }).toEqual({ exit: 0, lines: 1 })
    expect(judged.length).toBeLessThanOrEqual(1 + SAMPLES)
    expect(entries(host)).toHaveLength(999)
  })

  test('that finds another stale entry removes all of them, and says each with the event that led to it', () => {
    const host = cleanupHost()
    register(host, 5, instance => instance === 2)
    const { exit, lines } = remove(host, 'nvme3', '102')
    expect(exit).toBe(0)
    expect(lines[0]).toBe('nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)')
    expect(lines.slice(1).toSorted()).toEqual(
      [0, 1, 4].map(
        instance =>
          `nvme${instance}: ownership entry removed with others: the controller is gone (owner="stas" event=102 stamp=101)`,
      ),
    )
    expect(entries(host)).toEqual(['nvme2'])
  })

  test('whose own entry is left, or was removed by somebody else, looks at no other', () => {
    const host = cleanupHost()
    register(host, 3, instance => instance === 0)
    expect(remove(host, 'nvme0', '102').judged).toEqual(['nvme0'])
    expect(remove(host, 'nvme8', '102').judged).toEqual(['nvme8'])
    expect(entries(host)).toEqual(['nvme0', 'nvme1', 'nvme2'])
  })

  test('ends where another helper has been: what it left to that one has an event of its own', () => {
    const host = cleanupHost()
    register(host, 200, () => false)
    let removed = 0
    const real = nodeSys()
    // From the tenth entry on, somebody else was faster.
    const openDir: ReapSys['openDir'] = path => {
      if (/nvme\d+$/.test(path) && ++removed > 10) rmSync(path, { recursive: true })
      return real.openDir(path)
    }
    const args = ['--root', host.root, 'nvme7']
    expect(cleanup({ sys: { ...real, openDir }, args, seqnum: '102', log: () => {} })).toBe(0)
    expect(entries(host).length).toBeGreaterThan(180)
  })

  test('beside a damaged entry neither touches it nor warns of it at every event', () => {
    const host = cleanupHost()
    register(host, 2, instance => instance === 0)
    host.put('nvme0', { incarnation: '' })
    expect(remove(host, 'nvme1', '102').lines).toHaveLength(1)
    expect(entries(host)).toEqual(['nvme0'])
  })
})

test('a third of a thousand went, every third number: nine of ten helpers notice within three events', () => {
  const names = Array.from({ length: 1000 }, (_, instance) => `nvme${instance}`)
  let noticed = 0
  for (let first = 1000; first < 1100; first++) {
    // The controllers' events are five numbers apart.
    const picked = [0, 5, 10].flatMap(more => sample(names, String(first + more)))
    if (picked.some(name => Number(name.slice(4)) % 3 === 1)) noticed++
  }
  expect(noticed).toBeGreaterThanOrEqual(90)
})

test('samples are other entries, each once, however few there are and however long the event’s number is', () => {
  expect(sample([], '1')).toEqual([])
  for (const count of [1, 2, 3, 4, 5, 9]) {
    const names = Array.from({ length: count }, (_, instance) => `nvme${instance}`)
    for (const event of ['0', '7', '102', '18446744073709551615']) {
      const picked = sample(names, event)
      expect(new Set(picked).size).toBe(Math.min(count, SAMPLES))
      expect(names).toEqual(expect.arrayContaining(picked))
    }
  }
  expect(sample(['.nvme3.new.1-2-3-aa', 'nvme03', 'x'], '1')).toEqual([])
})
