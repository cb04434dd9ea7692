import { RegistryError } from '../src/errors.ts'
import { release } from '../src/protocol/claim.ts'
import { publish } from '../src/protocol/publish.ts'
import { ownerOf } from '../src/protocol/read.ts'
import { reap } from '../src/protocol/reap.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { errnoOf } from '../src/sys.ts'
import type { Program } from './actor.ts'
import { type Beside, endsBeside, libnvmeStas, libnvmeUdev, watchBeside } from './beside-libnvme.ts'
import { endsClean, type Ghost, LAYOUT, watchOwnership } from './invariants.ts'
import {
  claimsFor,
  deletesEntry,
  disconnectsUnowned,
  endsIdentified,
  endsInAChain,
  type Owned,
  releasesFrom,
  updatesNote,
  watchChanges,
} from './ownership.ts'
import { type Happening, type Scenario, type Seen, Violation } from './scenario.ts'
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
  const sys = world.sysFor('before', 98)
  sys.connect()
  publish(sys, LAYOUT, DEVICE, 'past')
  sys.unpin()
}

const endsAsItIs = (seen: Seen, ghost: Ghost): void => endsClean(seen, ghost, false)
const endsAfterSweep = (seen: Seen, ghost: Ghost): void => endsClean(seen, ghost, true)
const common = { watch: watchOwnership, end: endsAsItIs }

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
    end: endsAfterSweep,
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
    end: endsAfterSweep,
  },
]

/** The same with a process killed between any two calls, and a sweep afterwards. */
export const WITH_ONE_CRASH: readonly Scenario<Ghost>[] = PUBLISH_AGAINST_REAP.map(scenario => ({
  ...scenario,
  name: `${scenario.name}; one process is killed`,
  crashes: 1,
  end: endsAfterSweep,
}))

/** A live controller that nobody owns, with an entry that says so. */
function unowned(world: World): void {
  owned(world)
  release(world.sysFor('before', 98), LAYOUT, DEVICE, 'past')
}

/** A live controller without any entry. */
function bare(world: World): void {
  world.appear()
}

const changing = (first: string | null, mayBecomeUnowned: boolean) => ({
  watch: watchChanges(mayBecomeUnowned),
  end: endsInAChain(first),
  happenings: [],
  prepare: first === null ? unowned : owned,
})

/** Who owns a live controller changes hands: one chain of owners, nobody is lost. */
export const CHANGING_HANDS: readonly Scenario<Owned>[] = [
  { ...changing(null, false), name: 'two claim what nobody owns', processes: { a: claimsFor('a'), b: claimsFor('b') } },
  {
    ...changing(null, false),
    name: 'two claim what has no entry',
    prepare: bare,
    processes: { a: claimsFor('a'), b: claimsFor('b') },
  },
  {
    ...changing('past', false),
    name: 'two steal from the same owner',
    processes: { a: claimsFor('a', true), b: claimsFor('b', true) },
  },
  {
    ...changing('past', true),
    name: 'one steals while the owner releases',
    processes: { a: claimsFor('a', true), past: releasesFrom('past') },
  },
  {
    ...changing('past', true),
    name: 'one claims while the owner releases',
    processes: { a: claimsFor('a'), past: releasesFrom('past') },
  },
  {
    ...changing('past', false),
    name: 'one steals while another updates an attribute',
    processes: { a: claimsFor('a', true), b: updatesNote },
  },
  {
    ...changing('past', false),
    name: 'a reader looks while it is stolen',
    processes: { a: claimsFor('a', true), reader },
  },
  {
    ...changing(null, false),
    name: 'it is claimed while it dies',
    processes: { a: claimsFor('a'), helper },
    happenings: [removal],
    end: endsIdentified,
  },
  {
    ...changing(null, false),
    name: 'a claimer is faster than the process that connects it',
    prepare: () => {},
    processes: { stas: connectsFor('stas'), a: claimsFor('a') },
    end: endsIdentified,
  },
  {
    ...changing(null, false),
    name: 'disconnect-all looks while it is claimed',
    processes: { a: claimsFor('a'), policy: disconnectsUnowned },
    end: () => {},
  },
  {
    ...changing('past', false),
    name: 'disconnect-all looks while the owned controller dies and a stranger takes the number',
    processes: { policy: disconnectsUnowned, helper },
    happenings: [removal, stranger],
    end: () => {},
  },
]

/** A stranger's controller has the number, and libnvme's entry of the one before is still there, its event unhandled. */
function libnvmesDead(world: World): void {
  libnvmeStas(world.sysFor('before', 98))
  for (const step of [...removal, ...stranger]) step.happen(world)
}

/** Claims while a dead entry of the same number is cleared: nobody may be given a directory that is about to go. */
export const CLAIMING_BESIDE_CLEANING: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    name: 'a stranger takes the number and is claimed while the dead entry is cleared',
    processes: { a: claimsFor('a'), helper },
    happenings: [removal, stranger],
    end: endsIdentified,
  },
  {
    ...changing('past', false),
    name: "a stranger's controller is stolen from libnvme's dead entry while that is cleared",
    processes: { a: claimsFor('a', true), helper },
    prepare: libnvmesDead,
    end: endsIdentified,
  },
  {
    ...changing('past', true),
    name: 'one deletes the entry while another steals it',
    processes: { a: claimsFor('a', true), deletes: deletesEntry },
    end: ({ world }) => {
      const files = world.entry()?.files ?? {}
      if (files['owner'] !== undefined && files['incarnation'] === undefined)
        throw new Violation('I3: an owner without incarnation')
    },
  },
]

/** Three at once: hours of plain search, so only for `--deep` on a patient machine. */
export const CLAIMING_BESIDE_TWO: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    name: "a stranger's controller is claimed while two clear libnvme's dead entry",
    processes: { a: claimsFor('a', true), helper, sweeper },
    prepare: libnvmesDead,
    end: endsIdentified,
  },
]

/** libnvme 3 on the same host, with its writer and its rule. */
export const BESIDE_LIBNVME: readonly Scenario<Beside>[] = [
  {
    name: 'libnvme connects while our helper handles the removal of a controller of ours',
    processes: { libnvmeStas, helper },
    happenings: [removal],
    prepare: owned,
    watch: watchBeside,
    end: endsBeside,
  },
  {
    name: "we connect while libnvme's rule handles the removal of a controller of ours",
    processes: { stas: connectsFor('stas'), libnvmeUdev },
    happenings: [removal],
    prepare: owned,
    watch: watchBeside,
    end: endsBeside,
  },
  {
    name: 'a sweep of ours runs while libnvme connects',
    processes: { libnvmeStas, sweeper },
    happenings: [removal],
    prepare: owned,
    watch: watchBeside,
    end: () => {},
  },
]

const mayFail =
  (program: Program): Program =>
  sys => {
    try {
      return program(sys)
    } catch (error) {
      // The class makes an `io` of an unexpected errno; here the errno itself is what it was.
      if (error instanceof RegistryError || errnoOf(error) !== undefined) return { failed: (error as Error).message }
      throw error
    }
  }

/** One system call fails, whichever, with each errno that it can give; then a sweep without failures. */
export const WITH_ONE_FAULT: readonly Scenario<Ghost>[] = PUBLISH_AGAINST_REAP.filter(
  ({ name }) => !name.includes('sweep'),
).map(scenario => ({
  ...scenario,
  name: `${scenario.name}; one call fails`,
  faults: 1,
  processes: Object.fromEntries(Object.entries(scenario.processes).map(([name, program]) => [name, mayFail(program)])),
  end: endsAfterSweep,
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
