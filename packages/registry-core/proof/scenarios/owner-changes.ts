import { updatesNote } from '../attributes.ts'
import { claimsFor, finishes, type Owned, releasesFrom, stealsTwice } from '../ownership.ts'
import { ownerless, reader } from '../programs.ts'
import type { Scenario } from '../scenario.ts'
import { changing } from './changing.ts'

const still = { still: true }
const claims = claimsFor('a')
const steals = claimsFor('a', true)
const b = claimsFor('b', true)

/** Only the owner of a live controller changes: one chain of owners, none is lost. */
export const OWNER_CHANGES: readonly Scenario<Owned>[] = [
  {
    ...changing(null, false),
    ...still,
    name: 'two claim what nobody owns',
    processes: { a: claims, b: claimsFor('b') },
  },
  {
    ...changing(null, false),
    ...still,
    name: 'two claim what never had an owner',
    prepare: ownerless,
    processes: { a: claims, b: claimsFor('b') },
  },
  {
    ...changing('past', false),
    ...still,
    name: 'one steals while another steals twice',
    processes: { a: steals, c: stealsTwice('c') },
  },
  {
    ...changing('past', true),
    ...still,
    name: 'one steals while the owner releases',
    processes: { a: steals, past: releasesFrom('past') },
  },
  {
    ...changing('past', true),
    ...still,
    name: 'one steals while the owner releases and a reader looks',
    processes: { a: steals, past: releasesFrom('past'), reader },
  },
  {
    ...changing('past', true),
    ...still,
    name: 'one claims while the owner releases',
    processes: { a: claims, past: releasesFrom('past') },
  },
  {
    ...changing('past', false),
    ...still,
    name: 'one steals while another updates an attribute',
    processes: { a: steals, b: updatesNote },
  },
  { ...changing('past', false), ...still, name: 'two steal from the same owner', processes: { a: steals, b } },
  { ...changing('past', false), ...still, name: 'a reader looks while it is stolen', processes: { a: steals, reader } },
]

/** Three at once. */
export const OWNER_CHANGES_CROWDED: readonly Scenario<Owned>[] = [
  {
    ...changing('past', false),
    ...still,
    name: 'three steal from the same owner',
    processes: { a: steals, b, c: claimsFor('c', true) },
  },
  {
    ...changing('past', false),
    ...still,
    name: 'one steals while another steals twice and a third finishes what it finds',
    processes: { a: steals, c: stealsTwice('c'), finisher: finishes },
  },
  {
    ...changing('past', true),
    ...still,
    name: 'two steal while the owner releases',
    processes: { a: steals, b, past: releasesFrom('past') },
  },
]
