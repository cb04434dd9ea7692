import { claimsFor, deletesOf, endsIdentified, type Owned, watchDeletes } from '../ownership.ts'
import { connectsFor, libnvmesLive, owned, removal } from '../programs.ts'
import type { Scenario, Seen } from '../scenario.ts'
import { World } from '../world.ts'
import { changing } from './changing.ts'

const claims = claimsFor('a')
const steals = claimsFor('a', true)
const identified = {
  end: (seen: Seen) => endsIdentified(seen),
  endTroubled: (seen: Seen) => endsIdentified(seen, true),
}
/** No process makes this one the owner. */
const NONE = ''

/** The incarnation of the controller that {@link owned} makes in a world of two processes. */
const FIRST = ((): string => {
  const world = World.boot(['a', 'b'])
  owned(world)
  return world.live() as string
})()

type Deleted = Owned & { readonly first: string | null }

/** An entry is deleted, by a caller that has seen its owner or by one that asks for none: any other's ownership is left. */
export const DELETING: readonly Scenario<Deleted>[] = [
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: "an owner's entry is deleted while it is stolen",
    processes: { a: steals, past: deletesOf('past', FIRST) },
  },
  {
    ...changing(null, true),
    watch: watchDeletes(NONE),
    name: "an unowned controller's entry is deleted while it is claimed",
    processes: { a: claims, deletes: deletesOf(null, FIRST) },
  },
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: "an owner's entry is deleted while its controller dies and the same owner connects another",
    processes: { deletes: deletesOf('past', FIRST), past: connectsFor('past') },
    happenings: [removal],
    ...identified,
  },
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: "libnvme's entry of a live controller is deleted while it is stolen",
    processes: { a: steals, deletes: deletesOf('past') },
    prepare: libnvmesLive,
    ...identified,
  },
]

/** Three at once. */
export const DELETING_CROWDED: readonly Scenario<Deleted>[] = [
  {
    ...changing('past', true),
    watch: watchDeletes('past'),
    name: 'two delete the entry of an owner while it is stolen',
    processes: { a: steals, past: deletesOf('past', FIRST), deletes: deletesOf('past', FIRST) },
    ...identified,
  },
]
