import { RegistryError } from '../src/errors.ts'
import { updateAttribute } from '../src/protocol/attributes.ts'
import { publish } from '../src/protocol/publish.ts'
import { ownerOf } from '../src/protocol/read.ts'
import { reap } from '../src/protocol/reap.ts'
import { release } from '../src/protocol/release.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { errnoOf } from '../src/sys.ts'
import type { Program } from './actor.ts'
import { LAYOUT } from './invariants.ts'
import { libnvmeConnectsFor } from './libnvme.ts'
import type { Happening } from './scenario.ts'
import { BEFORE, DEVICE, type World } from './world.ts'

/** What processes do, what happens beside them, and how a host may be before anything moves. */

/** Connects a controller, registers it while it is pinned, lets go. */
export const connectsFor =
  (owner: string): Program =>
  sys => {
    sys.connect()
    const published = publish(sys, LAYOUT, DEVICE, owner)
    sys.unpin()
    return published
  }

/** The udev helper for one remove event. */
export const helper: Program = sys => reap(sys, LAYOUT, DEVICE, sys.removeEvent())

export const sweeper: Program = sys => sweep(sys, LAYOUT)
export const reader: Program = sys => ownerOf(sys, LAYOUT, DEVICE)

/** A monitor that has the node open for a while: as long as it does, the number is not given away (K1). */
export const holder: Program = sys => {
  try {
    sys.close(sys.openNode(LAYOUT.node(DEVICE)))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  return 'held'
}

/** The same program where a call of its own may fail: the error is then its result. */
export const mayFail =
  (program: Program): Program =>
  sys => {
    try {
      return program(sys)
    } catch (error) {
      // The class makes an `io` of an unexpected errno; here the errno itself is what it was.
      const code = error instanceof RegistryError ? error.code : errnoOf(error)
      if (code === undefined) throw error
      return { failed: code }
    }
  }

/** The live controller goes: K2's three steps. */
export const removal: readonly Happening[] = [
  { name: 'kernel: /dev node goes', possible: world => world.live() !== undefined, happen: world => world.loseNode() },
  { name: 'kernel: class link goes', possible: () => true, happen: world => world.loseClass() },
  { name: 'kernel: remove event', possible: () => true, happen: world => world.emitRemove() },
]

/** The same where two rules are installed, ours and libnvme's. */
export const removalForTwo: readonly Happening[] = [
  ...removal.slice(0, 2),
  { name: 'kernel: remove event', possible: () => true, happen: world => world.emitRemove(2) },
]

/** A tool that knows no registry connects as soon as the number is free. */
export const stranger: readonly Happening[] = [
  { name: 'stranger: connects', possible: world => world.numberIsFree(), happen: world => world.appear() },
]

/** K5: a connect gets a number and fails. Its controller comes, and goes with an event of its own, and nobody ever had it. */
export const failedConnect: readonly Happening[] = [
  { name: 'kernel: a connect begins', possible: world => world.numberIsFree(), happen: world => world.appear() },
  { name: 'kernel: it fails, /dev node goes', possible: () => true, happen: world => world.loseNode() },
  { name: 'kernel: it fails, class link goes', possible: () => true, happen: world => world.loseClass() },
  { name: 'kernel: it fails, remove event', possible: () => true, happen: world => world.emitRemove() },
]

/** A live controller that `past` owns. */
export function owned(world: World): void {
  const sys = world.sysFor(BEFORE, 98)
  sys.connect()
  publish(sys, LAYOUT, DEVICE, 'past')
  sys.unpin()
}

/** A live controller that nobody owns, with an entry that says so. */
export function unowned(world: World): void {
  owned(world)
  release(world.sysFor(BEFORE, 98), LAYOUT, DEVICE, 'past')
}

/** A live controller with an entry that has never had an owner. */
export function ownerless(world: World): void {
  world.appear()
  updateAttribute(world.sysFor(BEFORE, 98), LAYOUT, DEVICE, 'note', 'hello')
}

/** A live controller without any entry. */
export const bare = (world: World): void => world.appear()

/** A live controller with libnvme's entry. */
export const libnvmesLive = (world: World): void => void libnvmeConnectsFor('past')(world.sysFor(BEFORE, 98))

/** libnvme's entry of a controller that is gone, its event unhandled; the number is free. */
export function libnvmesGone(world: World): void {
  libnvmeConnectsFor('past')(world.sysFor(BEFORE, 98))
  for (const step of removal) step.happen(world)
}

/** The same, and a stranger's controller has the number. */
export function libnvmesDead(world: World): void {
  libnvmesGone(world)
  world.appear()
}
