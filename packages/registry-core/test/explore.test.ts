import { describe, expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { documented, rowOf } from '../proof/report.ts'
import { type AnyScenario, DEEP, FAST } from '../proof/scenarios.ts'

const known = new Map(documented('fast').map(row => [row.name, row]))

/** That it ends without a counterexample is the proof; that the numbers are the documented ones says what was looked at. */
function holds(scenario: AnyScenario): void {
  const explored = explore(scenario)
  expect(explored.schedules).toBeGreaterThanOrEqual(explored.ends)
  expect(rowOf(scenario, explored)).toEqual(known.get(scenario.name))
}

const SLOW = { timeout: 120_000 }

describe('every interleaving keeps the invariants', () => {
  test.each(FAST.undisturbed)('$name', SLOW, holds)
})

describe('so does every interleaving with one killed process, and a sweep', () => {
  test.each(FAST.killed)('$name', SLOW, holds)
})

describe('so does every interleaving with one failing call, and a sweep', () => {
  test.each(FAST.failing)('$name', SLOW, holds)
})

test.each([
  ['fast', FAST],
  ['deep', DEEP],
] as const)('docs/proof.md has the scenarios of the %s run and no others', (depth, sets) => {
  const names = Object.values(sets)
    .flat()
    .map(({ name }) => name)
  expect(documented(depth).map(({ name }) => name)).toEqual(names)
  expect(new Set(names).size).toBe(names.length)
})

test('two stealers get one chain of owners: neither is refused', () => {
  const steal = FAST.undisturbed.find(({ name }) => name.startsWith('two steal')) as AnyScenario
  const ways = [...explore(steal).outcomes].map(each => JSON.stringify((JSON.parse(each) as unknown[])[0])).sort()
  expect(ways).toEqual([
    '[{"from":"b","to":"a"},{"from":"past","to":"b"}]',
    '[{"from":"past","to":"a"},{"from":"a","to":"b"}]',
  ])
})
