import {
  connectsAnnounced,
  disconnectsPath,
  disconnectsUnannounced,
  endsAnnounced,
  endsWithoutAnnouncements,
  givesUp,
  type Made,
  twoPaths,
  twoPathsAndAPlace,
  watchMade,
  watchPaths,
} from '../announcing.ts'
import { claimsFor } from '../ownership.ts'
import { helper, owned, removal, stranger } from '../programs.ts'
import type { Scenario, Seen } from '../scenario.ts'
import { DEVICE, SECOND } from '../world.ts'

const connecting = {
  watch: watchMade,
  end: (seen: Seen) => endsAnnounced(seen),
  endTroubled: (seen: Seen) => endsAnnounced(seen, true),
  happenings: [],
}

/** A connect for an owner beside disconnect-all. */
export const CONNECTING: readonly Scenario<Made>[] = [
  {
    ...connecting,
    name: 'a controller is connected for an owner while disconnect-all looks',
    processes: { stas: connectsAnnounced('stas'), policy: disconnectsUnannounced },
  },
  {
    ...connecting,
    name: 'a connect gives up and takes its controller down while another process claims it',
    processes: { policy: givesUp('stas'), a: claimsFor('a'), helper },
  },
]

/** The same, and the controller dies or its number has had another one. */
export const CONNECTING_CROWDED: readonly Scenario<Made>[] = [
  {
    ...connecting,
    name: 'the controller dies while it is connected for an owner and disconnect-all looks',
    processes: { stas: connectsAnnounced('stas'), policy: disconnectsUnannounced, helper },
    happenings: [removal],
  },
  {
    ...connecting,
    name: 'a controller is connected for an owner at the number of an owned one that goes, while disconnect-all looks',
    processes: { stas: connectsAnnounced('stas'), policy: disconnectsUnannounced, helper },
    happenings: [removal],
    prepare: owned,
  },
  {
    ...connecting,
    name: 'the controller dies while it is being connected, and a stranger takes the number while disconnect-all looks',
    processes: { stas: connectsAnnounced('stas'), policy: disconnectsUnannounced, helper },
    happenings: [[...removal, ...stranger]],
  },
]

const leaving = {
  watch: watchPaths,
  end: (seen: Seen) => endsWithoutAnnouncements(seen),
  endTroubled: (seen: Seen) => endsWithoutAnnouncements(seen, true),
  happenings: [],
  prepare: twoPathsAndAPlace,
}

/** Two disconnects of the two paths to a disk in use. */
export const LEAVING: readonly Scenario<null>[] = [
  {
    ...leaving,
    name: 'two disconnects take a path each to one disk in use',
    processes: { a: disconnectsPath(DEVICE), b: disconnectsPath(SECOND) },
  },
]

/** The same where the place of announcements comes with the first one and goes with the last. */
export const LEAVING_CROWDED: readonly Scenario<null>[] = LEAVING.map(scenario => ({
  ...scenario,
  name: `${scenario.name}; nothing was announced before`,
  prepare: twoPaths,
}))
