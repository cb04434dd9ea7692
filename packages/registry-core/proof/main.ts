import { parseArgs } from 'node:util'
import { explore } from './explore.ts'
import { DEEP, PUBLISH_AGAINST_REAP, WITH_ONE_CRASH } from './scenarios.ts'

/** `pnpm explore [--deep]`: every scenario, with its numbers. */
const { values } = parseArgs({ options: { deep: { type: 'boolean', default: false } } })
for (const scenario of [...PUBLISH_AGAINST_REAP, ...WITH_ONE_CRASH, ...(values.deep ? DEEP : [])]) {
  const begun = performance.now()
  const { schedules, states } = explore(scenario)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  process.stdout.write(`${schedules} schedules over ${states} states in ${seconds} s: ${scenario.name}\n`)
}
