import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from '../src/registry.ts'
import type { Sys } from '../src/sys.ts'

/** One thing that is measured, over `devices`: the state that it starts from, and what it does. */
export interface Job {
  readonly name: string
  prepare(host: BenchHost): void
  run(registry: Registry, devices: readonly string[]): void
}

export interface BenchHost {
  readonly root: string
  readonly devices: readonly string[]
  registry(sys: Sys): Registry
  /** All controllers live, or none. */
  live(all: boolean): void
  /** Every device has an entry with these files (and its incarnation), or, for undefined, none has. */
  entries(files: Readonly<Record<string, string>> | undefined): void
  /** How many files and directories the registry holds. */
  count(): number
}

export function benchHost(root: string, many: number): BenchHost {
  const devices = Array.from({ length: many }, (_, i) => `nvme${i}`)
  const registryDir = join(root, 'run/nvme/registry')
  const classDir = join(root, 'sys/class/nvme')
  for (const dir of [registryDir, classDir, `${classDir}.away`, join(root, 'sys/kernel'), join(root, 'dev')])
    mkdirSync(dir, { recursive: true })
  writeFileSync(join(root, 'sys/kernel/uevent_seqnum'), '5311\n')
  const incarnations = devices.map(device => {
    mkdirSync(join(classDir, device))
    writeFileSync(join(root, 'dev', device), '')
    return statSync(join(classDir, device)).ino
  })
  let alive = true
  return {
    root,
    devices,
    registry: sys => new Registry(sys, root),
    live: all => {
      if (all === alive) return
      alive = all
      renameSync(classDir, `${classDir}.swap`)
      renameSync(`${classDir}.away`, classDir)
      renameSync(`${classDir}.swap`, `${classDir}.away`)
    },
    entries: files => {
      for (const name of readdirSync(registryDir)) rmSync(join(registryDir, name), { recursive: true })
      if (files === undefined) return
      for (const [i, device] of devices.entries()) {
        mkdirSync(join(registryDir, device))
        for (const [name, text] of Object.entries({ ...files, incarnation: `${incarnations[i]}` }))
          writeFileSync(join(registryDir, device, name), `${text}\n`)
      }
    },
    count: () => readdirSync(registryDir, { recursive: true }).length,
  }
}

const OWNED = { owner: 'stas', seqnum: '5300' }
const UNOWNED = { seqnum: '5300' }
const prepared =
  (live: boolean, files: Readonly<Record<string, string>> | undefined) =>
  (host: BenchHost): void => {
    host.live(live)
    host.entries(files)
  }

export const JOBS: readonly Job[] = [
  {
    name: 'publish',
    prepare: prepared(true, undefined),
    run: (registry, devices) => {
      for (const device of devices) registry.publish(device, 'stas')
    },
  },
  {
    name: 'claim',
    prepare: prepared(true, UNOWNED),
    run: (registry, devices) => {
      for (const device of devices) registry.claim(device, 'stas')
    },
  },
  {
    name: 'steal',
    prepare: prepared(true, OWNED),
    run: (registry, devices) => {
      for (const device of devices) registry.claim(device, 'nbft', { steal: true })
    },
  },
  {
    name: 'release',
    prepare: prepared(true, OWNED),
    run: (registry, devices) => {
      for (const device of devices) registry.release(device)
    },
  },
  {
    name: 'ownerOf',
    prepare: prepared(true, OWNED),
    run: (registry, devices) => {
      for (const device of devices) registry.ownerOf(device)
    },
  },
  { name: 'entries', prepare: prepared(true, OWNED), run: registry => void registry.entries() },
  {
    name: 'reap',
    prepare: prepared(false, OWNED),
    run: (registry, devices) => {
      for (const device of devices) registry.reap(device, '5400')
    },
  },
  { name: 'sweep', prepare: prepared(false, OWNED), run: registry => void registry.sweep() },
]
