import {
  claimsFor,
  deletesEntry,
  disconnectsUnowned,
  endsClaimed,
  endsIdentified,
  endsReleased,
  type Owned,
  releasesFrom,
} from '../ownership.ts'
import { bare, connectsFor, helper, libnvmesDead, libnvmesGone, removal, stranger, sweeper } from '../programs.ts'
import { type Scenario, type Seen, Violation } from '../scenario.ts'
import { changing } from './changing.ts'

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

/** Who owns a live controller changes hands: one chain of owners, nobody is lost. */
export const CHANGING_HANDS: readonly Scenario<Owned>[] = [
  {
    ...changing(null, false),
    name: 'two claim what has no entry',
    prepare: bare,
    processes: { a: claims, b: claimsFor('b') },
  },
  {
    ...changing(null, false),
    name: 'it is claimed while it dies',
    processes: { a: claims, helper },
    happenings: [removal],
    ...claimed,
  },
  {
    ...changing('past', true),
    name: 'it is released while it dies',
    processes: { past: releasesFrom('past'), helper },
    happenings: [removal],
    end: (seen: Seen) => endsReleased(seen),
    endTroubled: (seen: Seen) => endsReleased(seen, true),
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

/** Three at once. */
export const CHANGING_HANDS_CROWDED: readonly Scenario<Owned>[] = [
  {
    ...changing('past', true),
    name: 'disconnect-all looks while the owner releases and another one claims',
    processes: { a: claims, past: releasesFrom('past'), policy: disconnectsUnowned },
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
