import { endsClean, type Ghost, watchOwnership } from '../invariants.ts'
import { connectsFor, failedConnect, helper, holder, owned, reader, removal, stranger, sweeper } from '../programs.ts'
import type { Scenario, Seen } from '../scenario.ts'

const endsAsItIs = (seen: Seen, ghost: Ghost): void => endsClean(seen, ghost, false)
const endsAfterSweep = (seen: Seen, ghost: Ghost): void => endsClean(seen, ghost, true)
const common = {
  watch: watchOwnership,
  end: endsAsItIs,
  endTroubled: endsAfterSweep,
  prepare: owned,
  happenings: [removal],
}
const stas = connectsFor('stas')

/** Publishing against reaping, with the kernel free to remove and recycle at any moment. */
export const PUBLISHING: readonly Scenario<Ghost>[] = [
  {
    ...common,
    name: 'a new owner connects while the old controller is removed and its event handled',
    processes: { stas, helper },
  },
  {
    ...common,
    name: 'a new owner connects while a sweep runs',
    processes: { stas, sweeper },
    end: endsAfterSweep,
  },
  {
    ...common,
    name: 'the new controller dies at any moment while a sweep runs',
    processes: { stas, sweeper },
    prepare: () => {},
    end: endsAfterSweep,
  },
  {
    ...common,
    name: 'the new controller dies at any moment, before or after it is registered',
    processes: { stas, helper },
    prepare: () => {},
  },
  {
    ...common,
    name: 'a stranger takes the number before the event is handled',
    processes: { helper, reader },
    happenings: [removal, stranger],
  },
  {
    ...common,
    name: 'a helper and a sweep remove the same dead entry',
    processes: { helper, sweeper },
  },
  {
    ...common,
    name: 'a reader looks while a controller is replaced',
    processes: { stas, reader },
    end: endsAfterSweep,
  },
  {
    ...common,
    name: 'the event of a failed connect is handled while a new owner connects',
    processes: { stas, helper },
    prepare: () => {},
    happenings: [failedConnect],
  },
  {
    ...common,
    name: 'a connect fails at the number before the event of its last holder is handled',
    processes: { helper, helper2: helper, reader },
    happenings: [removal, failedConnect],
  },
  {
    ...common,
    name: 'somebody keeps the number of the old controller while a new owner connects',
    processes: { stas, helper, holder },
  },
]

/** A sweep may remove what a writer has begun for a controller that is gone. */
export const PUBLISHING_BESIDE_SWEEP: readonly Scenario<Ghost>[] = PUBLISHING.filter(
  ({ processes }) => 'sweeper' in processes,
)

/** Three and four processes beside the kernel. */
export const PUBLISHING_CROWDED: readonly Scenario<Ghost>[] = [
  {
    ...common,
    name: 'a reader looks while a controller is replaced and the event handled',
    processes: { stas, reader, helper },
  },
  {
    ...common,
    name: 'the old and the new controller both die, with a helper for each event',
    processes: { stas, helper, helper2: helper },
    happenings: [[...removal, ...removal]],
  },
  {
    ...common,
    name: 'a connect fails before the new owner connects, with a helper for each event',
    processes: { stas, helper, helper2: helper },
    happenings: [[...removal, ...failedConnect]],
  },
  {
    ...common,
    name: 'a new owner connects while the event is handled and a sweep runs',
    processes: { stas, helper, sweeper },
  },
  {
    ...common,
    name: 'a stranger takes the number while the event is handled, a sweep runs and two look',
    processes: { helper, sweeper, reader, reader2: reader },
    happenings: [removal, stranger],
  },
  {
    ...common,
    name: 'a reader looks while the old controller, kept by somebody, is replaced and its event handled',
    processes: { stas, helper, holder, reader },
  },
]
