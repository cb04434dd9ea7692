import { expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { PUBLISH_AGAINST_REAP, WITH_ONE_CRASH } from '../proof/scenarios.ts'

test.each([...PUBLISH_AGAINST_REAP, ...WITH_ONE_CRASH])(
  'every interleaving keeps the invariants: $name',
  { timeout: 60_000 },
  scenario => {
    const { schedules, states, ends } = explore(scenario)
    // That it ended without a counterexample is the proof; these say that it looked at something.
    expect(states).toBeGreaterThan(50)
    expect(schedules).toBeGreaterThanOrEqual(BigInt(ends))
    expect(ends).toBeGreaterThan(1)
  },
)
