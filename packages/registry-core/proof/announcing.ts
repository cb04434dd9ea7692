import type { Namespace, Request } from '../../disconnect-policy/src/index.ts'
import { lastLook } from '../../disconnect-policy/src/last-look.ts'
import { connectingText, leavingText } from '../src/announcement-text.ts'
import { announcementParts, DIR_MODE, FILE_MODE } from '../src/layout.ts'
import { announce, withdraw } from '../src/protocol/announce.ts'
import { announced, clearEnded } from '../src/protocol/announcements.ts'
import { publish } from '../src/protocol/publish.ts'
import { ownerOf } from '../src/protocol/read.ts'
import { unless } from '../src/sys.ts'
import type { Announced } from '../src/types.ts'
import type { Program } from './actor.ts'
import { afterSweep, LAYOUT } from './invariants.ts'
import { endsIdentified, type Owned, watchChanges } from './ownership.ts'
import { resultsOf, type Seen, Violation } from './scenario.ts'
import { BEFORE, DEVICE, type ProgramSys, SECOND, type World } from './world.ts'

/** The programs that announce what they do, and those that look before they disconnect: with the shipped last look. */

const NQN = 'nqn.2026-11.io.example:data'
const WHAT = (owner: string) => connectingText({ owner, transport: 'tcp', nqn: NQN })

/** Connects a controller for an owner as fabrics-connect does: announced until its owner is recorded. */
export const connectsAnnounced =
  (owner: string): Program =>
  sys => {
    const own = announce(sys, LAYOUT, 'connecting', WHAT(owner))
    sys.connect()
    const published = publish(sys, LAYOUT, DEVICE, owner)
    sys.unpin()
    withdraw(sys, LAYOUT, own)
    return published
  }

/** Its caller gave up before the kernel answered: takes down what it made, as disconnect-all would. */
export const givesUp =
  (owner: string): Program =>
  sys => {
    const own = announce(sys, LAYOUT, 'connecting', WHAT(owner))
    sys.connect()
    const result = takes(sys, { ...lookOf(sys, [own.name]), namespacesOf: () => [] }, DEVICE)
    sys.unpin()
    withdraw(sys, LAYOUT, own)
    return result
  }

/** `disconnect-all` for one controller. */
export const disconnectsUnannounced: Program = sys => takes(sys, { ...lookOf(sys, []), namespacesOf: () => [] }, DEVICE)

/** `disconnect-all` that takes one of two paths to a disk in use: declares, looks, writes. Owners are not looked at. */
export const disconnectsPath =
  (device: string): Program =>
  sys =>
    takesPath(sys, device, declare)

type Look = Parameters<typeof lastLook>[3]

export function lookOf(sys: ProgramSys, own: readonly string[]): Omit<Look, 'namespacesOf'> {
  return {
    announced: () => announced(sys, LAYOUT, new Map(), own),
    ownerOf: (device, incarnation) => ownerOf(sys, LAYOUT, device, incarnation),
  }
}

const UNOWNED: Request = { kind: 'unowned' }

/** Takes hold of a controller, looks, and deletes it if nothing speaks against it. */
export function takes(sys: ProgramSys, look: Look, device: string): object {
  const hold = sys.holdDelete(device)
  if (hold === undefined) return { left: 'gone' }
  const change = lastLook(controllerOf(device, hold), UNOWNED, new Set([device]), {
    ...look,
    ownerOf: name => look.ownerOf(name, hold),
  })
  if (change !== undefined) return { left: change.now }
  return { deleted: sys.deleteHeld(hold, device) ? hold : 'gone' }
}

/** @param pathsOf the paths as they are looked at; the disk's unless given */
export function takesPath(
  sys: ProgramSys,
  device: string,
  how: typeof declare,
  pathsOf: (sys: ProgramSys) => Namespace[] = diskOf,
): object {
  const incarnation = incarnationOf(sys, device)
  if (incarnation === undefined) return { left: 'gone' }
  const { own, others } = how(sys, new Map([[device, incarnation]]))
  const result = takes(
    sys,
    {
      ...lookOf(sys, []),
      announced: others,
      ownerOf: () => ({ state: 'unowned', reason: 'no-entry' }),
      namespacesOf: () => pathsOf(sys),
    },
    device,
  )
  if (own !== undefined) withdraw(sys, LAYOUT, own)
  return result
}

export function declare(sys: ProgramSys, incarnations: ReadonlyMap<string, string>) {
  const own = announce(sys, LAYOUT, 'leaving', leavingText(incarnations))
  const others = (): Announced => announced(sys, LAYOUT, new Map(), [own.name])
  return { own: own as typeof own | undefined, others }
}

/** The disk in use, and its paths as sysfs shows them. */
export const diskOf = (sys: ProgramSys): Namespace[] => [
  {
    name: 'nvme0n1',
    uses: [{ kind: 'mount', namespace: 'nvme0n1', device: 'nvme0n1', at: '/' }],
    paths: [DEVICE, SECOND].flatMap(controller =>
      incarnationOf(sys, controller) === undefined ? [] : [{ controller, live: true }],
    ),
  },
]

const incarnationOf = (sys: ProgramSys, device: string): string | undefined =>
  unless(['ENOENT'], () => sys.stat(LAYOUT.sysfs(device)).ino)

const controllerOf = (name: string, incarnation: string): Parameters<typeof lastLook>[0] => ({
  name,
  instance: Number(name.slice('nvme'.length)),
  incarnation,
  transport: 'tcp',
  fabrics: true,
  address: { text: '' },
  nqn: NQN,
  state: 'live',
  hostnqn: undefined,
  hostid: undefined,
  cntlid: 1,
  cntrltype: 'io',
  numaNode: undefined,
  subsystem: 'nvme-subsys0',
})

/** Two live paths to one disk. */
export function twoPaths(world: World): void {
  world.appear()
  world.appearSecond()
}

/** The same, and the place of announcements is there and stays: there is something in it that is none. */
export function twoPathsAndAPlace(world: World): void {
  twoPaths(world)
  const sys = world.sysFor(BEFORE, 98)
  sys.mkdir(LAYOUT.announced, DIR_MODE)
  sys.writeFile(`${LAYOUT.announced}/other`, new Uint8Array(1), FILE_MODE)
}

/** Facts about the live controller beside its owner. */
export interface Made extends Owned {
  /** The process that made it; empty: it was there at first, or a stranger made it. */
  readonly maker: string
}

/**
 * I2 and I7, and I8: a controller that is connected for an owner is not disconnected by another process, unless the one that
 * connects it is killed, or fails.
 */
export function watchMade(before: Made | undefined, seen: Seen): Made {
  const owned = watchChanges(false)(before, seen)
  if (before === undefined) return { ...owned, maker: '' }
  if (before.incarnation === owned.incarnation) return { ...owned, maker: before.maker }
  const results = resultsOf(seen) as ({ deleted?: string; failed?: string } | undefined)[]
  const maker = seen.names.indexOf(before.maker)
  const deleter = results.findIndex(result => result?.deleted === before.incarnation)
  if (maker >= 0 && deleter >= 0 && deleter !== maker) {
    if (seen.phases[maker]?.at !== 'killed' && results[maker]?.failed === undefined)
      throw new Violation(`I8: ${before.maker} connected it for an owner, and another process disconnected it`)
  }
  return { ...owned, maker: owned.incarnation === null ? '' : seen.mover }
}

/** I9: after every step, a disk in use has a live path. */
export function watchPaths(_before: null | undefined, { world }: Seen): null {
  if (world.live(DEVICE) !== undefined || world.live(SECOND) !== undefined) return null
  throw new Violation('I9: the disk in use has lost its last path')
}

/** I3 for announcements: none is left; `swept`: after ended ones were cleared. */
export function endsWithoutAnnouncements(seen: Seen, swept = false): void {
  const world = swept ? seen.world.clone() : seen.world
  if (swept) clearEnded(world.sysFor('last', 99), LAYOUT)
  const names = world.announcementNames()
  const left = names.filter(name => announcementParts(name) !== undefined)
  if (names.length === 0 && world.registryNames().includes('.announced')) left.push('.announced')
  if (left.length > 0) throw new Violation(`I3: everything is done and ${left.join(', ')} is left`)
}

/** The same, and what is registered says of which live controller. */
export function endsAnnounced(seen: Seen, swept = false): void {
  endsIdentified(seen, swept)
  endsWithoutAnnouncements(swept ? { ...seen, world: afterSweep(seen.world) } : seen, swept)
}
