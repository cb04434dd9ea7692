import { parseArgs } from 'node:util'
import { explore, type Scenario } from './explore.ts'
import {
  BESIDE_LIBNVME,
  CHANGING_HANDS,
  CLAIMING_BESIDE_CLEANING,
  CLAIMING_BESIDE_TWO,
  DEEP,
  PUBLISH_AGAINST_REAP,
  WITH_ONE_CRASH,
  WITH_ONE_FAULT,
} from './scenarios.ts'

/** `pnpm explore [--deep]`: every scenario, with its numbers. A counterexample ends it, with its schedule. */
const { values } = parseArgs({ options: { deep: { type: 'boolean', default: false } } })
const ghosts = [...PUBLISH_AGAINST_REAP, ...WITH_ONE_CRASH, ...WITH_ONE_FAULT, ...(values.deep ? DEEP : [])]
for (const scenario of ghosts) show(scenario)
for (const scenario of [...CHANGING_HANDS, ...CLAIMING_BESIDE_CLEANING, ...(values.deep ? CLAIMING_BESIDE_TWO : [])])
  show(scenario)
for (const scenario of BESIDE_LIBNVME) show(scenario)

function show<Ghost>(scenario: Scenario<Ghost>): void {
  const begun = performance.now()
  const { schedules, states } = explore(scenario)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  process.stdout.write(`${schedules} schedules over ${states} states in ${seconds} s: ${scenario.name}\n`)
}
