import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Inventory, readInventory } from '../src/index.ts'
import { type Captured, capturedSysfs, type Node, parseCaptured } from './captured.ts'

const TREE = parseCaptured(readFileSync(join(import.meta.dirname, 'fixtures/multipath.txt'), 'utf8'))
const CONTROLLERS = 'sys/devices/virtual/nvme-fabrics/ctl'
const SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0'
const isBelow = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`)

function remove(nodes: Map<string, Node>, ...directories: string[]): void {
  for (const path of nodes.keys()) if (directories.some(each => isBelow(path, each))) nodes.delete(path)
}

/** What goes with a controller, in the order of the kernel (device_del() before the subsystem's link). */
const goes = (name: string): string[] => [`sys/class/nvme/${name}`, `${CONTROLLERS}/${name}`, `${SUBSYSTEM}/${name}`]

/** Reads the tree while `change` happens before the `n`-th call; undefined if there are not so many calls. */
function readWhile(n: number, change: (nodes: Map<string, Node>) => void): Inventory | undefined {
  const nodes = new Map(TREE)
  let calls = 0
  const sysfs = capturedSysfs(nodes as Captured, () => {
    if (calls++ === n) change(nodes)
  })
  const found = readInventory({ sysfs })
  return calls > n ? found : undefined
}

/** What is found when `change` happens before the first call, the second and so on: every moment of a reading. */
function* everyMoment(change: (nodes: Map<string, Node>) => void): Generator<Inventory> {
  let moments = 0
  for (let found = readWhile(0, change); found !== undefined; found = readWhile(moments, change)) {
    moments++
    yield found
  }
  expect(moments).toBeGreaterThan(100)
}

const whole = readInventory({ sysfs: capturedSysfs(TREE) })
const NQN = 'nqn.2026-11.io.nvmf.scene:pair'
const names = (found: Inventory): string[] => found.controllers.map(({ name }) => name)

const ALL = ['nvme0', 'nvme1', 'nvme2']

function subsystemGoes(nodes: Map<string, Node>): void {
  remove(nodes, 'sys/class/nvme-subsystem/nvme-subsys0', SUBSYSTEM, ...ALL.flatMap(goes))
}

function nvme1IsAnother(nodes: Map<string, Node>): void {
  const directory = `${CONTROLLERS}/nvme1`
  remove(nodes, `${directory}/nvme0c1n1`, `${directory}/nvme0c1n2`)
  nodes.set(directory, { kind: 'directory', inode: '9999' })
  for (const [path, node] of nodes) {
    if (node.kind === 'file' && isBelow(path, directory)) nodes.set(path, { kind: 'file', text: 'another\n' })
  }
}

describe('at every moment of a reading', () => {
  test('a controller goes: it is there whole or not at all, and the others are untouched', () => {
    const seen = new Set<string>()
    for (const found of everyMoment(nodes => remove(nodes, ...goes('nvme1')))) {
      seen.add(names(found).join())
      for (const controller of found.controllers) {
        // Who belongs to which subsystem is read first: a link that goes before that leaves its controller without.
        expect({ ...controller, subsystem: 'nvme-subsys0' }).toEqual(
          whole.controllers.find(({ name }) => name === controller.name),
        )
      }
      for (const namespace of found.subsystems.flatMap(({ namespaces }) => namespaces)) {
        expect(namespace.paths.map(({ controller }) => controller)).toEqual(expect.arrayContaining(['nvme0', 'nvme2']))
      }
    }
    expect(seen).toEqual(new Set(['nvme0,nvme2', 'nvme0,nvme1,nvme2']))
  })

  test('the whole subsystem goes: what is shown of it is true', () => {
    for (const found of everyMoment(subsystemGoes)) {
      expect(whole.controllers).toEqual(expect.arrayContaining([...found.controllers]))
      for (const { nqn, serial } of found.subsystems)
        expect({ nqn, serial }).toMatchObject({ nqn: NQN, serial: 'SCENE-pair' })
    }
  })

  test('a disk goes: it is there whole or not at all, and the paths to it say what they know', () => {
    for (const found of everyMoment(nodes => remove(nodes, `${SUBSYSTEM}/nvme0n1`))) {
      const [first] = found.subsystems[0]?.namespaces ?? []
      expect(first).toMatchObject({ name: 'nvme0n1', nsid: 1, size: 16_777_216 })
      expect([undefined, whole.subsystems[0]?.namespaces[0]?.dev]).toContain(first?.dev)
      expect(first?.paths).toHaveLength(3)
    }
  })

  test('a number is given to another controller: nobody is a mixture of the two', () => {
    const seen = new Set<string>()
    for (const found of everyMoment(nvme1IsAnother)) {
      const { incarnation = '', nqn } = found.controllers.find(({ name }) => name === 'nvme1') ?? {}
      seen.add(`${incarnation} ${nqn}`)
      const paths = found.subsystems.flatMap(({ namespaces }) => namespaces.flatMap(namespace => namespace.paths))
      const its = paths.filter(path => path.controller === 'nvme1')
      expect(its.every(path => path.name.startsWith('nvme0c1n') && path.anaState !== 'another')).toBe(true)
    }
    expect(seen).toEqual(new Set([`${whole.controllers[1]?.incarnation} ${NQN}`, '9999 another']))
  })
})
