import { describe, expect, test } from 'vitest'
import { explore } from '../proof/explore.ts'
import { byName, identityFirst, type Mutation, mutated, noCheckAfterPublishing } from '../proof/mutations.ts'
import * as of from '../proof/mutations-of-calls.ts'
import { mayFail } from '../proof/programs.ts'
import { Counterexample } from '../proof/scenario.ts'
import { type AnyScenario, DEEP, FAST, UNFINISHED } from '../proof/scenarios.ts'

const ALL = [...Object.values(FAST), ...Object.values(DEEP), UNFINISHED].flat()

/** The scenario of this name with one process done wrong. An error that it ends with is no finding: the violation behind it is. */
function spoiled(start: string, who: string, mutation: Mutation): AnyScenario {
  const scenario = ALL.find(({ name }) => name.startsWith(start))
  const program = scenario?.processes[who]
  if (scenario === undefined || program === undefined) throw new Error(`no "${who}" in a scenario "${start}"`)
  return { ...scenario, processes: { ...scenario.processes, [who]: mayFail(mutated(mutation, program)) } }
}

/** What is done wrong, by whom, in which scenario, and what the checker says to it. */
const MUTATIONS: readonly (readonly [
  what: string,
  mutation: Mutation,
  who: string,
  scenario: string,
  found: RegExp,
])[] = [
  ['act by name', byName, 'helper', 'a new owner connects while the old', /I2/],
  [
    'do not look after publishing',
    noCheckAfterPublishing,
    'stas',
    'the new controller dies at any moment, before or after it is registered',
    /I3/,
  ],
  ['do not look after claiming', noCheckAfterPublishing, 'a', 'it is claimed while it dies', /I3/],
  ['do not look after releasing', noCheckAfterPublishing, 'past', 'it is released while it dies', /I4/],
  [
    'unlink the incarnation before the owner',
    identityFirst,
    'helper',
    'a stranger takes the number before the event is handled; one',
    /I3/,
  ],
  ['register without incarnation', of.noIncarnation, 'stas', 'a new owner connects while the old', /I3/],
  ['register without stamp', of.noStamp, 'stas', 'a new owner connects while the old', /I1/],
  ['fill the entry in the open', of.inTheOpen, 'stas', 'the new controller dies at any moment, before', /I1/],
  [
    "a helper takes every entry for another's",
    of.everyEntryIsAnothers,
    'helper',
    'a new owner connects while the old',
    /I1/,
  ],
  [
    "a sweep takes every entry for another's",
    of.everyEntryIsAnothers,
    'sweeper',
    'a new owner connects while a sweep',
    /I1/,
  ],
  ["a publisher takes every entry for another's", of.everyEntryIsAnothers, 'stas', 'a claimer is faster', /I2/],
  ['claim by replacing', of.claimReplaces, 'a', 'two claim what never had an owner', /CAS|I2/],
  ['decide a change before the last one was made', of.doesNotFinish, 'a', 'two steal', /CAS/],
  ['release before the last change was made', of.doesNotFinish, 'past', 'one steals while the owner releases', /CAS/],
  ['decide a change that is decided', of.decidesByReplacing, 'a', 'two steal', /CAS/],
  [
    'make a change without looking for higher ones',
    of.doesNotLookForHigherSteps,
    'a',
    'one steals while another steals twice',
    /CAS|I3/,
  ],
  ['take the last step away', of.removesItsOwnStep, 'c', 'one steals while another steals twice', /CAS|I3/],
  [
    'finish a change without looking again',
    of.doesNotLookAgainBeforeFinishing,
    'finisher',
    'one steals while another steals twice and a third',
    /CAS/,
  ],
  [
    "a sweep takes a living writer's staging",
    of.everyWriterIsGone,
    'sweeper',
    'a new owner connects while a sweep',
    /I1/,
  ],
  ['empty a directory without condemning it', of.doesNotCondemn, 'helper', "a stranger's controller is stolen", /I2/],
  [
    'delete before the last change of the owner was made',
    of.doesNotFinish,
    'past',
    "an owner's entry is deleted while it is stolen",
    /CAS|I2/,
  ],
  [
    'decide a delete although another change is decided',
    of.decidesByReplacing,
    'past',
    "an owner's entry is deleted while it is stolen",
    /CAS|I2/,
  ],
  [
    'delete what is unowned although a claim is decided',
    of.decidesByReplacing,
    'deletes',
    "an unowned controller's entry is",
    /CAS|I2/,
  ],
  [
    "delete libnvme's entry without condemning it",
    of.doesNotCondemn,
    'deletes',
    "libnvme's entry of a live controller is deleted",
    /I2/,
  ],
  [
    "delete another incarnation's entry",
    of.everyEntryIsTheFirst,
    'deletes',
    "an owner's entry is deleted while its controller",
    /I2/,
  ],
  [
    'remove what has the name with all that is in it',
    of.removesRecursively,
    'helper',
    'a new owner connects while the old',
    /I2/,
  ],
  [
    'take what cannot be read for absent',
    of.unreadableIsAbsent,
    'reader',
    'a reader looks while a controller is replaced; one call',
    /I4/,
  ],
  [
    'release the owner that was read first',
    of.readsTheOwnerOnce,
    'past',
    'one steals while the owner releases',
    /CAS|I2/,
  ],
  [
    'leave what a killed claimer put into a dead directory',
    of.leavesWhatCameLater,
    'helper',
    'a stranger takes the number and is claimed while the dead entry is cleared; one process',
    /I3/,
  ],
  [
    'leave what was put into the entry of a controller that has died',
    of.leavesWhatDied,
    'a',
    'a stranger takes the number and is claimed while the dead entry is cleared; one process',
    /I3/,
  ],
  ['claim without holding the number', of.doesNotPin, 'a', 'a controller is connected while a claimer has', /I2/],
  ['take an event for a proof', of.eventIsProof, 'helper', 'the event of a failed connect is handled', /I1/],
  [
    "set an attribute in another's entry",
    of.everyEntryIsTheLive,
    'updater',
    'an attribute is set while a stranger takes the number and',
    /ATTR/,
  ],
  [
    "set an attribute without saying whose libnvme's entry is",
    of.doesNotIdentify,
    'updater',
    "an attribute is set in libnvme's dead entry",
    /ATTR/,
  ],
  [
    'replace a directory without identity without condemning it',
    of.doesNotCondemn,
    'stas',
    "a claimer is faster than the process that connects it, over libnvme's dead entry",
    /I2/,
  ],
  [
    'take a controller that cannot be looked at for gone',
    of.unseenIsGone,
    'stas',
    'the new controller dies at any moment, before or after it is registered; one call',
    /I1/,
  ],
]

function counterexample(scenario: AnyScenario, reduce: boolean): Counterexample {
  try {
    explore(scenario, { reduce })
  } catch (error) {
    if (error instanceof Counterexample) return error
    throw error
  }
  throw new Error(`no counterexample in: ${scenario.name}`)
}

// Found by the reduced search, which is the one that runs; and by the plain one, so that it is the rule that is missed.
describe('each rule of the protocol, broken, is caught', () => {
  test.each(MUTATIONS)('%s', { timeout: 120_000 }, (_what, mutation, who, scenario, found) => {
    const broken = spoiled(scenario, who, mutation)
    for (const reduce of [true, false]) {
      const { message } = counterexample(broken, reduce)
      expect(message.split('\n')[0]).toMatch(found)
    }
  })
})
