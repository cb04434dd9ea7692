import { publish } from '../src/protocol/publish.ts'
import { ownerOf } from '../src/protocol/read.ts'
import { reap } from '../src/protocol/reap.ts'
import { sweep } from '../src/protocol/sweep.ts'
import type { Program } from './actor.ts'
import type { Happening, Scenario } from './explore.ts'
import { endsClean, type Ghost, LAYOUT, watchOwnership } from './invariants.ts'
import { DEVICE, type World } from './world.ts'

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
export const helper: Program = sys => {
  const event = sys.removeEvent()
  return reap(sys, LAYOUT, DEVICE, event)
}

export const sweeper: Program = sys => sweep(sys, LAYOUT)
export const reader: Program = sys => ownerOf(sys, LAYOUT, DEVICE)

/** The live controller goes: K2's three steps. */
export const removal: readonly Happening[] = [
  { name: 'kernel: /dev node goes', possible: world => world.live() !== undefined, happen: world => world.loseNode() },
  { name: 'kernel: class link goes', possible: () => true, happen: world => world.loseClass() },
  { name: 'kernel: remove event', possible: () => true, happen: world => world.emitRemove() },
]

/** A tool that knows no registry connects as soon as the number is free. */
export const stranger: readonly Happening[] = [
  { name: 'stranger: connects', possible: world => world.numberIsFree(), happen: world => world.appear() },
]

/** A live controller that stas owns, before anything moves. */
export function owned(world: World): void {
  const sys = world.sysFor('past', 98)
  sys.connect()
  publish(sys, LAYOUT, DEVICE, 'past')
  sys.unpin()
}

const common = { watch: watchOwnership, end: (state: Parameters<typeof endsClean>[0]) => endsClean(state, false) }

/** The first proof: publishing against reaping, with the kernel free to remove and recycle at any moment. */
export const PUBLISH_AGAINST_REAP: readonly Scenario<Ghost>[] = [
  {
    ...common,
    name: 'a new owner connects while the old controller is removed and its event handled',
    processes: { stas: connectsFor('stas'), helper },
    happenings: [removal],
    prepare: owned,
  },
  {
    ...common,
    name: 'a new owner connects while a sweep runs',
    processes: { stas: connectsFor('stas'), sweeper },
    happenings: [removal],
    prepare: owned,
    end: state => endsClean(state, true),
  },
  {
    ...common,
    name: 'the new controller dies at any moment, before or after it is registered',
    processes: { stas: connectsFor('stas'), helper },
    happenings: [removal],
  },
  {
    ...common,
    name: 'a stranger takes the number before the event is handled',
    processes: { helper, reader },
    happenings: [removal, stranger],
    prepare: owned,
  },
  {
    ...common,
    name: 'a helper and a sweep remove the same dead entry',
    processes: { helper, sweeper },
    happenings: [removal],
    prepare: owned,
  },
  {
    ...common,
    name: 'a reader looks while a controller is replaced',
    processes: { stas: connectsFor('stas'), reader },
    happenings: [removal],
    prepare: owned,
    end: state => endsClean(state, true),
  },
]

/** The same with a process killed between any two calls, and a sweep afterwards. */
export const WITH_ONE_CRASH: readonly Scenario<Ghost>[] = PUBLISH_AGAINST_REAP.map(scenario => ({
  ...scenario,
  name: `${scenario.name}; one process is killed`,
  crashes: 1,
  end: state => endsClean(state, true),
}))

/** Three at once, and two deaths in a row: minutes, not seconds. */
export const DEEP: readonly Scenario<Ghost>[] = [
  {
    ...common,
    name: 'the old and the new controller both die, with a helper for each event',
    processes: { stas: connectsFor('stas'), helper, helper2: helper },
    happenings: [[...removal, ...removal]],
    prepare: owned,
  },
  {
    ...common,
    name: 'a reader looks while a controller is replaced and the event handled',
    processes: { stas: connectsFor('stas'), reader, helper },
    happenings: [removal],
    prepare: owned,
  },
]
