import { updatesNote } from '../attributes.ts'
import {
  claimsFor,
  deletesEntry,
  deletesOf,
  disconnectsUnowned,
  endsClaimed,
  endsIdentified,
  endsInAChain,
  type Owned,
  releasesFrom,
  watchChanges,
  watchDeletes,
} from '../ownership.ts'
import {
  bare,
  connectsFor,
  helper,
  libnvmesDead,
  libnvmesGone,
  owned,
  reader,
  removal,
  stranger,
  sweeper,
  unowned,
} from '../programs.ts'
import { type Scenario, type Seen, Violation } from '../scenario.ts'
import { World } from '../world.ts'

const changing = (first: string | null, mayBecomeUnowned: boolean) => ({
  watch: watchChanges(mayBecomeUnowned),
  end: endsInAChain(first),
  endTroubled: endsInAChain(first, true),
  happenings: [],
  prepare: first === null ? unowned : owned,
})
const identified = {
  end: (seen: Seen) => endsIdentified(seen),
  endTroubled: (seen: Seen) => endsIdentified(seen, true),
}
const claimed = {
  end: (seen: Seen) => endsClaimed(seen),
  endTroubled: (seen: Seen) => endsClaimed(seen, true),
}
const anyEnd = { end: () => {}, endTroubled: () => {} }
const claims = claimsFor('a')
const steals = claimsFor('a', true)
const b = claimsFor('b', true)
/** No process makes this one the owner. */
const NOBODY = ''

/** The incarnation of the controller that {@link owned} makes in a world of two processes. */
const FIRST = ((): string => {
  const world = World.boot(['a', 'b'])
  owned(world)
  return world.live() as string
})()

/** Who owns a live controller changes hands: one chain of owners, nobody is lost. */
export const CHANGING_HANDS: readonly Scenario<Owned>[] = [
  { ...changing(null, false), name: 'two claim what nobody owns', processes: { a: claims, b: claimsFor('b') } },
  {
    ...changing(null, false),
    name: 'two claim what has no entry',
    prepare: bare,
    processes: { a: claims, b: claimsFor('b') },
  },
  { ...changing('past', false), name: 'two steal from the same owner', processes: { a: steals, b } },
  {
    ...changing('past', true),
    name: 'one steals while the owner releases',
    processes: { a: steals, past: releasesFrom('past') },
  },
  {
    ...changing('past', true),
    name: 'one claims while the owner releases',
    processes: { a: claims, past: releasesFrom('past') },
  },
  {
    ...changing('past', false),
    name: 'one steals while another updates an attribute',
    processes: { a: steals, b: updatesNote },
  },
  { ...changing('past', false), name: 'a reader looks while it is stolen', processes: { a: steals, reader } },
  {
    ...changing(null, false),
    name: 'it is claimed while it dies',
    processes: { a: claims, helper },
    happenings: [removal],
    ...claimed,
  },
  {
    ...changing(null, false),
    name: 'a claimer is faster than the process that connects it',
    prepare: () => {},
    processes: { stas: connectsFor('stas'), a: claims },
    ...claimed,
  },
  {
    ...changing(null, false),
    name: 'disconnect-all looks while it is claimed',
    processes: { a: claims, policy: disconnectsUnowned },
    ...anyEnd,
  },
  {
    ...changing('past', false),
    name: 'disconnect-all looks while the owned controller dies and a stranger takes the number',
    processes: { policy: disconnectsUnowned, helper },
    happenings: [removal, stranger],
    ...anyEnd,
  },
]

/** Claims while a dead entry of the same number is cleared: nobody may be given a directory that is about to go. */
export const CLAIMING_BESIDE_CLEANING: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    name: 'a stranger takes the number and is claimed while the dead entry is cleared',
    processes: { a: claims, helper },
    happenings: [removal, stranger],
    ...claimed,
  },
  {
    ...changing('past', false),
    name: "a stranger's controller is stolen from libnvme's dead entry while that is cleared",
    processes: { a: steals, helper },
    prepare: libnvmesDead,
    ...claimed,
  },
  {
    ...changing('past', true),
    name: 'one deletes the entry while another steals it',
    processes: { a: steals, deletes: deletesEntry },
    end: endsWithIncarnation,
    endTroubled: endsWithIncarnation,
  },
  {
    ...changing(null, false),
    name: 'a controller is connected while a claimer has the number of its dead predecessor',
    processes: { stas: connectsFor('stas'), a: claims },
    happenings: [removal],
    ...identified,
    end: (seen: Seen) => endsIdentified(seen, true),
  },
  {
    ...changing(null, false),
    name: "a new owner connects over libnvme's dead entry while that is cleared",
    processes: { stas: connectsFor('stas'), helper },
    prepare: libnvmesGone,
    ...identified,
  },
]

/** An entry is deleted by a caller that has seen its owner: the ownership of any other is left. */
export const DELETING: readonly Scenario<Owned & { readonly first: string | null }>[] = [
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: "an owner's entry is deleted while it is stolen",
    processes: { a: steals, past: deletesOf(FIRST, 'past') },
  },
  {
    ...changing(null, true),
    watch: watchDeletes(NOBODY),
    name: "an unowned controller's entry is deleted while it is claimed",
    processes: { a: claims, deletes: deletesOf(FIRST, null) },
  },
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: "an owner's entry is deleted while its controller dies and the same owner connects another",
    processes: { deletes: deletesOf(FIRST, 'past'), past: connectsFor('past') },
    happenings: [removal],
    ...identified,
  },
]

/** Three at once. */
export const CHANGING_HANDS_CROWDED: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    name: 'three steal from the same owner',
    processes: { a: steals, b, c: claimsFor('c', true) },
  },
  {
    ...changing('past', true),
    name: 'two steal while the owner releases and a reader looks',
    processes: { a: steals, b, past: releasesFrom('past'), reader },
  },
  {
    ...changing('past', true),
    name: 'disconnect-all looks while the owner releases and two claim',
    processes: { a: claims, b: claimsFor('b'), past: releasesFrom('past'), policy: disconnectsUnowned },
    ...anyEnd,
  },
  {
    ...changing('past', false),
    name: 'disconnect-all looks while the controller dies, a stranger takes the number and is claimed',
    processes: { policy: disconnectsUnowned, helper, a: claims },
    happenings: [removal, stranger],
    ...anyEnd,
  },
  {
    ...changing(null, false),
    name: "a claimer is faster than the process that connects it, over libnvme's dead entry",
    processes: { stas: connectsFor('stas'), a: steals },
    prepare: libnvmesGone,
    ...claimed,
  },
]

/** Too large to be run to its end; broken rules are found in it, and schedules of it replay. */
export const NOT_TO_THE_END: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    name: "a stranger's controller is claimed while two clear libnvme's dead entry",
    processes: { a: steals, helper, sweeper },
    prepare: libnvmesDead,
    ...claimed,
  },
]

function endsWithIncarnation({ world }: Seen): void {
  const files = world.entry()?.files ?? {}
  if (files['owner'] !== undefined && files['incarnation'] === undefined)
    throw new Violation('I3: an owner without incarnation')
}
