import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { explore, replay } from './explore.ts'
import { Counterexample, type Scenario, Violation } from './scenario.ts'
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

/**
 * `pnpm explore [--deep]`: every scenario, with its numbers. A counterexample ends it, printed as a schedule.
 * `pnpm explore --replay FILE`: follows a schedule as it was printed, and says where it leads.
 */
const { values } = parseArgs({ options: { deep: { type: 'boolean', default: false }, replay: { type: 'string' } } })
// Each scenario remembers what it needs; here that is nobody's business.
const SECONDS = [
  PUBLISH_AGAINST_REAP,
  WITH_ONE_CRASH,
  WITH_ONE_FAULT,
  CHANGING_HANDS,
  CLAIMING_BESIDE_CLEANING,
  BESIDE_LIBNVME,
]
const MINUTES = [DEEP, CLAIMING_BESIDE_TWO]
const scenarios = [
  ...SECONDS,
  ...(values.deep || values.replay !== undefined ? MINUTES : []),
].flat() as unknown as Scenario<unknown>[]

function run(): void {
  for (const scenario of scenarios) {
    const begun = performance.now()
    const { schedules, states } = explore(scenario)
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    process.stdout.write(`${schedules} schedules over ${states} states in ${seconds} s: ${scenario.name}\n`)
  }
}

/** The first line is the scenario and perhaps what was violated; the others are numbered steps. */
function follow(file: string): void {
  const [title = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const named = scenarios.filter(({ name }) => title === name || title.startsWith(`${name}: `))
  const scenario = named.toSorted((a, b) => b.name.length - a.name.length)[0]
  if (scenario === undefined) throw new Error(`${file}: no scenario "${title}"`)
  const { world } = replay(
    scenario,
    lines.map(line => line.replace(/^ *[0-9]+\. /, '')),
  )
  process.stdout.write(`nothing is violated; the entry is ${JSON.stringify(world.entry() ?? null)}\n`)
}

try {
  if (values.replay === undefined) run()
  else follow(values.replay)
} catch (error) {
  if (!(error instanceof Counterexample) && !(error instanceof Violation)) throw error
  process.stdout.write(`${error.message}\n`)
  process.exitCode = 1
}
