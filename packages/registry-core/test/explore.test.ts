import { describe, expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { type Scenario } from '../proof/scenario.ts'
import {
  BESIDE_LIBNVME,
  CHANGING_HANDS,
  CLAIMING_BESIDE_CLEANING,
  PUBLISH_AGAINST_REAP,
  WITH_ONE_CRASH,
  WITH_ONE_FAULT,
} from '../proof/scenarios.ts'

/** That it ends without a counterexample is the proof; what is expected here says that it looked at something. */
function holds<Ghost>(scenario: Scenario<Ghost>): void {
  const { schedules, states, ends } = explore(scenario)
  expect(states).toBeGreaterThan(50)
  expect(schedules).toBeGreaterThanOrEqual(ends)
}

const SLOW = { timeout: 120_000 }

describe('every interleaving keeps the invariants', () => {
  test.each(PUBLISH_AGAINST_REAP)('$name', SLOW, holds)
  test.each(CHANGING_HANDS)('$name', SLOW, holds)
  test.each(CLAIMING_BESIDE_CLEANING)('$name', SLOW, holds)
  test.each(BESIDE_LIBNVME)('$name', SLOW, holds)
})

describe('so does every interleaving with one killed process, and a sweep', () => {
  test.each(WITH_ONE_CRASH)('$name', SLOW, holds)
})

describe('so does every interleaving with one failing call, and a sweep', () => {
  test.each(WITH_ONE_FAULT)('$name', SLOW, holds)
})

test('two stealers get one chain of owners, or step back', () => {
  const steal = CHANGING_HANDS.find(({ name }) => name.startsWith('two steal')) as (typeof CHANGING_HANDS)[number]
  const ways = [...explore(steal).outcomes].map(each => JSON.stringify((JSON.parse(each) as unknown[])[0])).sort()
  expect(ways).toEqual([
    '[{"from":"b","to":"a"},{"from":"past","to":"b"}]',
    '[{"from":"past","to":"a"},{"from":"a","to":"b"}]',
    '[{"from":"past","to":"a"},{"refused":"busy"}]',
    '[{"refused":"busy"},{"from":"past","to":"b"}]',
    '[{"refused":"busy"},{"refused":"busy"}]',
  ])
})

// A call that nobody can notice is not interleaved. Where that is small enough to try, it must make no difference.
const small = [...PUBLISH_AGAINST_REAP, ...CHANGING_HANDS].filter(({ name }) =>
  /^(the new controller dies|a stranger takes|two claim what has no entry|one claims while|a reader looks while it is stolen)/.test(
    name,
  ),
)
test.each(small)('the reduction finds the outcomes that the plain search finds: $name', SLOW, scenario => {
  const reduced = explore(scenario as Scenario<unknown>)
  const plain = explore(scenario as Scenario<unknown>, { reduce: false })
  expect([...reduced.outcomes].sort()).toEqual([...plain.outcomes].sort())
  expect(plain.states).toBeGreaterThan(reduced.states)
})
