import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Registry } from '../../../src/registry.ts'
import { isOftenReleased } from './devices.ts'
import type { Deed } from './records.ts'

/** The deeds of a worker, by how often they are done. A holder holds the number of the controller that it writes for. */
const WEIGHTS = {
  holder: { claim: 3, steal: 4, release: 2, publish: 1, update: 2 },
  cleaner: { delete: 1, remove: 1, ownerOf: 3, entry: 2, reap: 2, sweep: 1 },
} as const
export type Doer = keyof typeof WEIGHTS

/** Does this hold the number of the device while it is done? */
export const isHolding = (act: string): boolean => act in WEIGHTS.holder

const UNOWNING = ['release', 'delete']

/** A deed at random. Every third depends on what is seen now, as one that a person has confirmed. */
export function choose(registry: Registry, root: string, doer: Doer, devices: readonly string[], value: string): Deed {
  for (;;) {
    const device = pick(devices)
    const act = pick(Object.entries(WEIGHTS[doer]).flatMap(([name, times]) => Array<string>(times).fill(name)))
    if (UNOWNING.includes(act) && !isOftenReleased(device)) continue
    const seen = Math.random() < 1 / 3 ? look(registry, root, device) : {}
    return act === 'steal' ? { act: 'claim', steal: true, device, value, ...seen } : { act, device, value, ...seen }
  }
}

const pick = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T

function look(registry: Registry, root: string, device: string): Pick<Deed, 'incarnation' | 'seen'> {
  try {
    const incarnation = String(statSync(join(root, 'sys/class/nvme', device), { bigint: true }).ino)
    const ownership = registry.ownerOf(device, incarnation)
    if (ownership.state === 'unknown') return {}
    return { incarnation, seen: ownership.state === 'owned' ? ownership.owner : null }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Does it. What has no value gives null. */
export function perform(registry: Registry, root: string, deed: Deed): unknown {
  const { act, device, value = '', steal = false, incarnation, seen } = deed
  switch (act) {
    case 'claim':
      return registry.claim(device, value, { steal, incarnation, from: seen })
    case 'publish':
      return registry.publish(device, value)
    case 'release':
      return registry.release(device, { incarnation, owner: seen }) ?? null
    case 'update':
      registry.update(device, 'note', value, { incarnation, owner: seen })
      return null
    case 'remove':
      return registry.remove(device, 'note', { incarnation, owner: seen })
    case 'delete':
      return registry.delete(device, { incarnation, owner: seen })
    case 'retrieve':
      return registry.retrieve(device, 'note') ?? null
    case 'ownerOf': {
      const ownership = registry.ownerOf(device)
      if (ownership.state !== 'unknown') return ownership.state === 'owned' ? ownership.owner : null
      return { unknown: ownership.reason }
    }
    case 'entry': {
      const entry = registry.entry(device)
      if (entry === undefined) return null
      if (entry.state === 'live') return entry.owner ?? null
      return entry.state === 'stale' ? { stale: true } : { unknown: entry.reason }
    }
    case 'reap':
      return registry.reap(device, removeEvent(root, device))
    case 'sweep':
      return registry.sweep()
    default:
      throw new Error(`no deed ${act}`)
  }
}

/** SEQNUM of the last remove event of the name. */
function removeEvent(root: string, device: string): string | undefined {
  try {
    return readFileSync(join(root, 'removed', device), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
