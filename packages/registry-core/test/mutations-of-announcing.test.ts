import { expect, test } from 'vitest'
import type { Program } from '../proof/actor.ts'
import { explore } from '../proof/explore.ts'
import { type Mutation, mutated } from '../proof/mutations.ts'
import * as of from '../proof/mutations-of-announcing.ts'
import { Counterexample } from '../proof/scenario.ts'
import { type AnyScenario, FAST } from '../proof/scenarios.ts'

const CONNECT = 'a controller is connected for an owner while disconnect-all looks'
const LEAVE = 'two disconnects take a path each to one disk in use'

const scenarioOf = (name: string): AnyScenario => FAST.undisturbed.find(each => each.name === name) as AnyScenario
const broken = (mutation: Mutation, scenario: string, who: string): Program =>
  mutated(mutation, scenarioOf(scenario).processes[who] as Program)

/** What is done wrong, by whom, in which scenario, and what the checker says to it. */
const WRONG: readonly (readonly [what: string, program: Program, who: string, scenario: string, found: RegExp])[] = [
  ['announce when the kernel has been asked', of.announcesTooLate, 'stas', CONNECT, /I8/],
  ['withdraw before the owner is recorded', of.withdrawsTooEarly, 'stas', CONNECT, /I8/],
  ['read the owner before the announcements', of.ownerFirst, 'policy', CONNECT, /I8/],
  ['do not look at announcements', of.ignoresConnects, 'policy', CONNECT, /I8/],
  [
    'take a connecting process for one that has ended',
    broken(of.everyAnnouncementHasEnded, CONNECT, 'policy'),
    'policy',
    CONNECT,
    /I8/,
  ],
  ['declare after the look at declarations', of.looksBeforeItDeclares, 'a', LEAVE, /I9/],
  ['do not count what others declare', of.ignoresDeclarations, 'a', LEAVE, /I9/],
  ['read the paths before the declarations', of.pathsFirst, 'a', LEAVE, /I9/],
  [
    'take a disconnecting process for one that has ended',
    broken(of.everyAnnouncementHasEnded, LEAVE, 'a'),
    'a',
    LEAVE,
    /I9/,
  ],
  ['declare in the open', broken(of.announcesInTheOpen, LEAVE, 'a'), 'a', LEAVE, /I9/],
]

test.each(WRONG)('%s: it is caught', { timeout: 60_000 }, (_what, program, who, name, found) => {
  const scenario = scenarioOf(name)
  const wrong = { ...scenario, processes: { ...scenario.processes, [who]: program } }
  for (const reduce of [true, false]) {
    let caught: unknown
    try {
      explore(wrong, { reduce })
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(Counterexample)
    expect((caught as Error).message.split('\n')[0]).toMatch(found)
  }
})
