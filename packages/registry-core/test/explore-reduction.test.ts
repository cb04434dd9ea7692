import { expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { type AnyScenario, FAST } from '../proof/scenarios.ts'

/**
 * The search leaves things out: calls that nobody can notice are not interleaved, what has ended leaves no residue, and of
 * two processes that are alike the first begins. Where the plain search, which leaves out nothing, is small enough to try,
 * that must make no difference. (`mutations.test.ts` does the same for what the two find.)
 */
const SMALL =
  /^(the new controller dies|a stranger takes the number before|a reader looks while|the event of a failed|two claim what has|one claims while|a claimer is faster|disconnect-all looks|two steal|an attribute is removed|a controller is connected for an owner while|an attribute is set while the controller is stolen|libnvme's update sets)/
const small = [...FAST.undisturbed, ...FAST.killed].filter(({ name }) => SMALL.test(name))

test.each(small)(
  'the reduction finds the outcomes that the plain search finds: $name',
  { timeout: 120_000 },
  scenario => {
    const reduced = explore(scenario)
    const plain = explore(scenario, { reduce: false })
    expect([...reduced.outcomes].sort()).toEqual([...plain.outcomes].sort())
    expect(plain.states).toBeGreaterThan(reduced.states)
  },
)

/** With the first two processes in either order. */
const sorted = (outcomes: ReadonlySet<string>): string[] => {
  const swapped = [...outcomes].map(outcome => {
    const [[a, b, reader], ...rest] = JSON.parse(outcome) as [unknown[], ...unknown[]]
    return JSON.stringify([[JSON.stringify(a), JSON.stringify(b)].sort(), reader, rest])
  })
  return [...new Set(swapped)].sort()
}

// Outcomes name processes, and of two that are alike the reduced search lets one be first: the others are these renamed.
test('two processes that are alike: the plain search finds the same outcomes, and those with names swapped', {
  timeout: 120_000,
}, () => {
  const two = FAST.undisturbed.find(({ name }) => name.startsWith('a connect fails at the number')) as AnyScenario
  const smaller = { ...two, happenings: [two.happenings.flat()] }
  expect(sorted(explore(smaller).outcomes)).toEqual(sorted(explore(smaller, { reduce: false }).outcomes))
})
