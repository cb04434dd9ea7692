import { RegistryError } from '../errors.ts'
import { INCARNATION, itself, type Layout, OWNER, RESERVED, SEQNUM, stepNumber, temporaryToken } from '../layout.ts'
import { checkAttribute, checkDevice, devicesAmong, isAttribute } from '../names.ts'
import { errnoOf, type Fd, type ReapSys, unless } from '../sys.ts'
import type { Entry, Ownership } from '../types.ts'
import { ATTEMPTS } from './attempts.ts'
import {
  type Attribute,
  belongsToAnother,
  type Owner,
  readAttribute,
  readIncarnation,
  readOwner,
  valueOf,
} from './attribute.ts'
import { namesIn, openEntry, stands, withDir } from './entry-dir.ts'
import { mustBe } from './expected.ts'
import { liveIncarnation } from './liveness.ts'

/**
 * Who owns a device's controller; see {@link Registry.ownerOf}.
 *
 * "unowned" is the answer that lets somebody disconnect, so it must be true of the controller that is there *now*: it
 * stands only if the directory that it was read from is still the entry afterwards. The live incarnation is read after
 * the entry's, so that an entry which is newer than our look at sysfs is never taken for a stale one.
 */
export function ownerOf(sys: ReapSys, layout: Layout, device: string, incarnation?: string): Ownership {
  checkDevice(device)
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seen = look(sys, layout, device, incarnation)
      if (seen !== 'again') return seen
    }
    return { state: 'unknown', reason: 'the entry kept being changed by others' }
  } catch (error) {
    if (error instanceof RegistryError) return { state: 'unknown', reason: error.message }
    const errno = errnoOf(error)
    if (errno !== undefined) return { state: 'unknown', reason: `the entry cannot be read: ${errno}` }
    throw error
  }
}

function look(sys: ReapSys, layout: Layout, device: string, expected: string | undefined): Ownership | 'again' {
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) {
    return expected === undefined || liveIncarnation(sys, layout, device) === expected
      ? { state: 'unowned', reason: 'no-entry' }
      : recycled
  }
  return withDir(sys, dir, () => {
    const identity = readIncarnation(sys, dir)
    const owner = readOwner(sys, dir)
    const live = liveIncarnation(sys, layout, device)
    if (expected !== undefined && live !== expected) return recycled
    if (identity.state === 'damaged') return { state: 'unknown', reason: `its incarnation is ${identity.reason}` }
    const dead = live === undefined || (identity.state === 'set' && identity.value !== live)
    if (!dead && owner.state === 'damaged') return { state: 'unknown', reason: `its owner is ${owner.reason}` }
    if (!dead && owner.state === 'set') return { state: 'owned', owner: owner.value }
    if (!stands(sys, layout, device, dir)) return 'again'
    if (owner.state === 'deleted') return { state: 'unowned', reason: 'no-entry' }
    return { state: 'unowned', reason: dead ? 'stale' : 'no-owner' }
  })
}

const recycled: Ownership = { state: 'unknown', reason: 'another controller has this name now' }

/** One attribute of the live controller's entry; see {@link Registry.retrieve}. */
export function retrieve(
  sys: ReapSys,
  layout: Layout,
  device: string,
  name: string,
  incarnation?: string,
): string | undefined {
  checkDevice(device)
  checkAttribute(name)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) {
    if (incarnation !== undefined) mustBe(device, liveIncarnation(sys, layout, device), incarnation)
    return undefined
  }
  return withDir(sys, dir, () => {
    const live = liveIncarnation(sys, layout, device)
    mustBe(device, live, incarnation)
    if (belongsToAnother(sys, device, dir, live) || readOwner(sys, dir).state === 'deleted') return undefined
    const attribute = readNamed(sys, dir, name)
    if (attribute.state === 'damaged') {
      throw new RegistryError('damaged', `${device}'s ${name} cannot be read: it is ${attribute.reason}`, { device })
    }
    return valueOf(attribute)
  })
}

const readNamed = (sys: ReapSys, dir: Fd, name: string): Owner =>
  name === OWNER
    ? readOwner(sys, dir)
    : name === INCARNATION
      ? readIncarnation(sys, dir)
      : readAttribute(sys, dir, name)

/** The parts of an entry to read; `seqnum: false` leaves that out. */
interface Which {
  readonly seqnum?: boolean | undefined
  readonly incarnation?: string | undefined
}

/** Everything registered for a device; see {@link Registry.entry}. */
export function readEntry(sys: ReapSys, layout: Layout, device: string, which: Which = {}): Entry | undefined {
  checkDevice(device)
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const dir = openEntry(sys, layout, device)
      if (dir === undefined) return none(sys, layout, device, which)
      const entry = withDir(sys, dir, () => {
        const seen = entryIn(sys, layout, device, dir, which)
        // An entry that was replaced while it was read may be called stale for a controller that it never was for.
        return (seen !== 'deleted' && seen.state === 'live') || stands(sys, layout, device, dir) ? seen : undefined
      })
      if (entry === 'deleted') return none(sys, layout, device, which)
      if (entry !== undefined) return entry
    }
    return damaged(device, 'it kept being changed by others')
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'damaged') return damaged(device, error.message)
    throw error
  }
}

/** @throws `no-controller` if it is asked for another incarnation than the live one */
function none(sys: ReapSys, layout: Layout, device: string, { incarnation }: Which): undefined {
  if (incarnation !== undefined) mustBe(device, liveIncarnation(sys, layout, device), incarnation)
}

const damaged = (device: string, reason: string): Entry => ({
  device,
  state: 'damaged',
  reason,
  attributes: {},
  damagedAttributes: {},
})

function entryIn(
  sys: ReapSys,
  layout: Layout,
  device: string,
  dir: Fd,
  { seqnum = true, incarnation }: Which,
): Entry | 'deleted' {
  const identity = readIncarnation(sys, dir)
  const reserved: { [name: string]: string } = {}
  const own: [string, string][] = []
  const broken: [string, string][] = []
  for (const name of namesIn(sys, itself(dir)).sort()) {
    // Temporary names have a dot, which no attribute's name has.
    if (!isAttribute(name) || (name === SEQNUM && !seqnum)) continue
    const attribute = name === INCARNATION ? identity : readNamed(sys, dir, name)
    if (attribute.state === 'deleted') return 'deleted'
    if (attribute.state === 'damaged') broken.push([name, attribute.reason])
    else if (attribute.state !== 'set') continue
    else if (RESERVED.includes(name)) reserved[name] = attribute.value
    else own.push([name, attribute.value])
  }
  const live = liveIncarnation(sys, layout, device)
  mustBe(device, live, incarnation)
  return {
    device,
    ...stateOf(identity, live, broken),
    ...reserved,
    attributes: Object.fromEntries(own),
    damagedAttributes: Object.fromEntries(broken),
  }
}

function stateOf(
  identity: Attribute,
  live: string | undefined,
  broken: readonly (readonly [name: string, reason: string])[],
): Pick<Entry, 'state' | 'reason'> {
  if (live === undefined) return { state: 'stale', reason: 'its controller is gone' }
  if (identity.state === 'set' && identity.value !== live)
    return { state: 'stale', reason: 'another controller has this name now' }
  for (const which of [OWNER, INCARNATION]) {
    const damage = broken.find(([name]) => name === which)
    if (damage !== undefined) return { state: 'damaged', reason: `its ${which} is ${damage[1]}` }
  }
  return { state: 'live' }
}

/** All entries, in natural order; see {@link Registry.entries}. */
export function listEntries(sys: ReapSys, layout: Layout, seqnum: boolean): Entry[] {
  return devicesIn(sys, layout).flatMap(device => readEntry(sys, layout, device, { seqnum }) ?? [])
}

/** Names of what a writer has begun and not finished; see {@link RegistryReader.unfinished}. */
export function listUnfinished(sys: ReapSys, layout: Layout): string[] {
  const names = registryNames(sys, layout)
  const inEntries = devicesAmong(names).flatMap(device => {
    const dir = opened(sys, layout, device)
    if (dir === undefined) return []
    const inside = withDir(sys, dir, () => namesIn(sys, itself(dir)))
    return inside.filter(isUnfinished).map(name => `${device}/${name}`)
  })
  return [...names.filter(name => HIDDEN.test(name)), ...inEntries]
}

/** Returns no names for an entry that is not a directory: it holds nothing that is unfinished. */
function opened(sys: ReapSys, layout: Layout, device: string): Fd | undefined {
  try {
    return openEntry(sys, layout, device)
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'damaged') return undefined
    throw error
  }
}

/** Ours and libnvme's, under construction or on their way out. */
const HIDDEN = /^\.(?:nvme[0-9]+\.(?:new|tmp)|trash)\./
const isUnfinished = (name: string): boolean => temporaryToken(name) !== undefined && stepNumber(name) === undefined

/** The devices that have an entry, in natural order. @throws `damaged` if the registry is not a directory */
export function devicesIn(sys: ReapSys, layout: Layout): string[] {
  return devicesAmong(registryNames(sys, layout))
}

/** Every name in the registry; none if there is no registry. */
export function registryNames(sys: ReapSys, layout: Layout): string[] {
  const dir = unless(['ENOENT'], () => openRegistry(sys, layout))
  return dir === undefined ? [] : withDir(sys, dir, () => namesIn(sys, itself(dir)))
}

function openRegistry(sys: ReapSys, layout: Layout): Fd {
  try {
    return sys.openDir(layout.registry)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOTDIR' && errno !== 'ELOOP') throw error
    throw new RegistryError('damaged', `${layout.registry} is not a directory`, { cause: error })
  }
}
