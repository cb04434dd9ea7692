import type { Program } from './actor.ts'
import { mayFail } from './programs.ts'
import type { Scenario } from './scenario.ts'
import { CONNECTING, CONNECTING_CROWDED, LEAVING, LEAVING_CROWDED } from './scenarios/announcing.ts'
import { ATTRIBUTES, ATTRIBUTES_CROWDED } from './scenarios/attributes.ts'
import { BESIDE_LIBNVME, BESIDE_LIBNVME_CROWDED, CLAIMING_BESIDE_LIBNVME } from './scenarios/beside-libnvme.ts'
import {
  CHANGING_HANDS,
  CHANGING_HANDS_CROWDED,
  CLAIMING_BESIDE_CLEANING,
  NOT_TO_THE_END,
} from './scenarios/changing-hands.ts'
import { DELETING, DELETING_CROWDED } from './scenarios/deleting.ts'
import { OWNER_CHANGES, OWNER_CHANGES_CROWDED } from './scenarios/owner-changes.ts'
import { PUBLISHING, PUBLISHING_BESIDE_SWEEP, PUBLISHING_CROWDED } from './scenarios/publishing.ts'

/** Each remembers what it needs; to whoever runs them that is nobody's business. */
export type AnyScenario = Scenario<unknown>

const all = (...lists: (readonly object[])[]): AnyScenario[] => lists.flat() as AnyScenario[]

/** The same with a process killed between any two calls, and a sweep afterwards. */
const killed = (scenarios: readonly AnyScenario[]): AnyScenario[] =>
  scenarios.map(scenario => ({
    ...scenario,
    name: `${scenario.name}; one process is killed`,
    crashes: 1,
    end: scenario.endTroubled ?? scenario.end,
  }))

/** The same where none can tell who was killed, and so what it left. */
const killedApart = (scenarios: readonly AnyScenario[]): AnyScenario[] =>
  killed(scenarios).map(scenario => ({ ...scenario, name: `${scenario.name}, in a namespace of its own`, apart: true }))

/** One system call fails, whichever, with each errno that it can give; then a sweep without failures. */
const failing = (scenarios: readonly AnyScenario[]): AnyScenario[] =>
  scenarios.map(scenario => ({
    ...scenario,
    name: `${scenario.name}; one call fails`,
    faults: 1,
    end: scenario.endTroubled ?? scenario.end,
    processes: mayAllFail(scenario.processes),
  }))

/** Processes with the same program keep the same one. */
function mayAllFail(processes: Readonly<Record<string, Program>>): Record<string, Program> {
  const wrapped = new Map(Object.values(processes).map(program => [program, mayFail(program)]))
  return Object.fromEntries(Object.entries(processes).map(([name, program]) => [name, wrapped.get(program) as Program]))
}

const ours = all(PUBLISHING, OWNER_CHANGES, CHANGING_HANDS, CLAIMING_BESIDE_CLEANING, DELETING, ATTRIBUTES)

/** What `npm test` runs, by what goes wrong beside the races. */
export const FAST = {
  undisturbed: [...ours, ...all(BESIDE_LIBNVME, CLAIMING_BESIDE_LIBNVME, CONNECTING, LEAVING)],
  killed: [
    ...killed(all(PUBLISHING, OWNER_CHANGES, CONNECTING, LEAVING)),
    ...killedApart(all(PUBLISHING_BESIDE_SWEEP, OWNER_CHANGES)),
  ],
  failing: failing(all(PUBLISHING, CONNECTING)),
}

/** What takes minutes: three and four processes, and a death or an error in every scenario of two. */
export const DEEP = {
  undisturbed: all(
    PUBLISHING_CROWDED,
    OWNER_CHANGES_CROWDED,
    CHANGING_HANDS_CROWDED,
    DELETING_CROWDED,
    ATTRIBUTES_CROWDED,
    BESIDE_LIBNVME_CROWDED,
    CONNECTING_CROWDED,
    LEAVING_CROWDED,
  ),
  killed: [
    ...killed(all(CHANGING_HANDS, CLAIMING_BESIDE_CLEANING, DELETING, ATTRIBUTES, CONNECTING_CROWDED)),
    ...killedApart(all(CHANGING_HANDS, CLAIMING_BESIDE_CLEANING, DELETING)),
  ],
  failing: failing(all(OWNER_CHANGES, CHANGING_HANDS, CLAIMING_BESIDE_CLEANING, DELETING, ATTRIBUTES)),
}

/** What is not run to its end, but holds schedules that replay. */
export const UNFINISHED = all(NOT_TO_THE_END)
