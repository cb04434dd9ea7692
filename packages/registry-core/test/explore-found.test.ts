import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { retrace } from '../proof/explore.ts'
import { type Mutation, mutated } from '../proof/mutations.ts'
import * as of from '../proof/mutations-of-calls.ts'
import { Violation } from '../proof/scenario.ts'
import { type AnyScenario, DEEP, FAST, UNFINISHED } from '../proof/scenarios.ts'

/**
 * Every race that exploring has found in the protocol, with the schedule that showed it, as it was printed. The rule that
 * closed it is taken away again: then the schedule leads to the violation. With the rule it leads to none. Where another rule
 * closes the race too by now, none is taken away.
 */
const FOUND: readonly (readonly [race: string, without: Readonly<Record<string, Mutation>>, violated: string])[] = [
  ['two stealers believe that they had it from the same owner', { a: of.decidesByReplacing }, 'CAS'],
  ['a release takes the owner that has just stolen it', { past: of.doesNotFinish }, 'CAS'],
  ['a change that counts for nothing is made by another', { finisher: of.doesNotLookAgainBeforeFinishing }, 'CAS'],
  ["a file of ours keeps libnvme's trash", { a: of.leavesTrash }, 'I3'],
  ['a cleaner empties a directory that is being claimed', { helper: of.doesNotCondemn }, 'I2'],
  [
    'a claimer takes an empty directory that a cleaner is about to empty',
    { a: of.emptyIsSomebodys, helper: of.leavesWhatCameLater },
    'I2',
  ],
  ['a delete takes the owner that has just claimed it', { deletes: of.decidesByReplacing }, 'I2'],
  ['what a killed claimer left passes for the next controllers', { helper: of.leavesWhatCameLater }, 'I3'],
  ['what a late claimer left passes for the next controllers', { a: of.leavesWhatDied }, 'I3'],
  ['a publisher that cannot see its controller takes its entry back', { stas: of.unseenIsGone }, 'I1'],
  ['a publisher empties the directory that a claimer identifies', {}, ''],
  ['a claimer identifies what was condemned and emptied', { a: of.identifiesWithoutLooking }, 'I2'],
  ['an attribute goes with the dead entry that it was set in', { updater: of.doesNotIdentify }, 'ATTR'],
]

const ALL = [...Object.values(FAST), ...Object.values(DEEP), UNFINISHED].flat()

/** A schedule as the explorer prints it: the scenario and what was violated, then numbered steps. */
function read(race: string): { scenario: AnyScenario; steps: string[] } {
  const file = new URL(`explore-found/${race.replaceAll(' ', '-').replaceAll("'", '')}.txt`, import.meta.url)
  const [title = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const named = ALL.filter(({ name }) => title.startsWith(`${name}: `))
  const scenario = named.toSorted((a, b) => b.name.length - a.name.length)[0]
  if (scenario === undefined) throw new Error(`no scenario "${title}"`)
  return { scenario, steps: lines.map(line => line.replace(/^ *[0-9]+\. /, '')) }
}

describe('a race that was found', () => {
  test.each(FOUND)(
    '%s',
    (race, without, violated) => {
      const { scenario, steps } = read(race)
      const processes = { ...scenario.processes }
      for (const [who, mutation] of Object.entries(without)) {
        const program = processes[who]
        if (program === undefined) throw new Error(`no "${who}" in "${scenario.name}"`)
        processes[who] = mutated(mutation, program)
      }
      const broken = { ...scenario, processes }
      expect(() => ends(scenario, steps)).not.toThrow()
      if (violated === '') return
      expect(() => ends(broken, steps)).toThrow(violated)
      expect(() => ends(broken, steps)).toThrow(Violation)
    },
    60_000,
  )
})

/** Some violations are of what is left at the end. */
function ends(scenario: AnyScenario, steps: readonly string[]): void {
  const { ghost, ...seen } = retrace(scenario, steps)
  scenario.end(seen, ghost)
}
