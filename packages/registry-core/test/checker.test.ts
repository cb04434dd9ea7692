import { describe, expect, test } from 'vitest'
import { explore, replay } from '../proof/explore.ts'
import {
  endsWithoutOrphan,
  libnvmeConnectsFor,
  libnvmeRegistersFor,
  libnvmeRule,
  libnvmeUpdatesFor,
  type Registered,
  watchRegistered,
} from '../proof/libnvme.ts'
import {
  badStampIsOld,
  byName,
  identityFirst,
  mutated,
  noCheckAfterPublishing,
  unpinnedConnectFor,
} from '../proof/mutations.ts'
import { connectsFor, helper, owned, removal, stranger } from '../proof/programs.ts'
import { Counterexample, resultsOf, type Scenario, Violation } from '../proof/scenario.ts'
import { type AnyScenario, FAST } from '../proof/scenarios.ts'
import { ENTRY, type World } from '../proof/world.ts'
import { encodeUtf8 } from '../src/utf8.ts'

function counterexample<G>(scenario: Scenario<G>): Counterexample {
  try {
    explore(scenario)
  } catch (error) {
    if (error instanceof Counterexample) return error
    throw error
  }
  throw new Error(`no counterexample in: ${scenario.name}`)
}

const scenarioOf = (list: readonly AnyScenario[], start: string): AnyScenario => {
  const found = list.find(({ name }) => name.startsWith(start))
  if (found === undefined) throw new Error(`no scenario "${start}"`)
  return found
}

const past = (world: World): void => {
  libnvmeConnectsFor('past')(world.sysFor('before', 98))
}

/** libnvme's rule meets an entry that `registry update` is making for the next controller. */
const updates = (stamp: string): Scenario<null> => ({
  name: `an update gives the stamp "${stamp}"`,
  processes: { writer: libnvmeUpdatesFor('stas', stamp), rule: libnvmeRule },
  happenings: [],
  prepare: world => {
    world.appear()
    for (const step of removal) step.happen(world)
  },
  watch: (_before, seen) => {
    const [writer, rule] = resultsOf(seen)
    const gone = seen.world.entry()?.files['owner'] === undefined
    if (writer === 'registered' && rule === 'removed' && gone)
      throw new Violation('P5: the registered entry was deleted')
    return null
  },
  end: () => {},
})

describe("libnvme's protocol fails, with the schedule", () => {
  const beside: Scenario<Registered> = {
    name: 'libnvme connects while its rule handles the removal of the old controller',
    processes: { writer: libnvmeConnectsFor('stas'), rule: libnvmeRule },
    happenings: [removal],
    prepare: past,
    watch: watchRegistered,
    end: () => {},
  }

  test('P1: the rule deletes the entry of the live controller', () => {
    expect(counterexample(beside).message).toContain('P1: the live controller was registered and its entry is gone')
  })

  test('P2: an entry that is written after the controller died stays for ever', () => {
    const dies: Scenario<Registered> = {
      ...beside,
      name: 'the new controller dies',
      happenings: [removal],
      end: endsWithoutOrphan,
    }
    delete (dies as { prepare?: unknown }).prepare
    expect(counterexample(dies).message).toContain('P2: the controller is gone')
  })

  test("P3: the dead owner's entry protects a stranger's controller", () => {
    const scenario: Scenario<null> = {
      name: 'a stranger takes the number before the rule runs',
      processes: { rule: libnvmeRule },
      happenings: [removal, stranger],
      prepare: past,
      watch: () => null,
      end: ({ world }) => {
        const owner = world.entry()?.files['owner']
        if (world.live() !== undefined && owner !== undefined)
          throw new Violation(`P3: the stranger's looks owned by ${owner}`)
      },
    }
    expect(counterexample(scenario).message).toContain("P3: the stranger's looks owned by past")
  })

  test('P4: while an entry is replaced the live controller has none', () => {
    const scenario: Scenario<null> = {
      name: 'an owner connects again what is connected',
      processes: { writer: libnvmeRegistersFor('past') },
      happenings: [],
      prepare: past,
      watch: (_before, { world }) => {
        if (world.entry()?.files['owner'] === undefined) throw new Violation('P4: a live controller reads as unowned')
        return null
      },
      end: () => {},
    }
    expect(counterexample(scenario).message).toContain('P4: a live controller reads as unowned')
  })

  // The same two processes with a good stamp: the rule that reads it leaves the entry, unless it is P1.
  test('P5: a stamp that does not parse is taken for an old one', () => {
    const readsTheStamp = /rule: readFile nvme0\/seqnum[^]*writer: unpin|writer: unpin[^]*rule: readFile nvme0\/seqnum/
    const { message, schedule } = counterexample(updates('unknown'))
    expect(message).toContain('P5: the registered entry was deleted')
    expect(schedule.join('\n')).toMatch(readsTheStamp)
    expect(() =>
      replay(
        updates('999'),
        schedule.map(step => step.replace('unknown', '999')),
      ),
    ).toThrow(/not possible/)
  })

  test('a counterexample replays to the same violation', () => {
    const { schedule } = counterexample(beside)
    expect(() => replay(beside, schedule)).toThrow(Violation)
    expect(() => replay(beside, schedule.slice(0, -1))).not.toThrow()
  })
})

describe('every mutation of ours is caught', () => {
  const first = FAST.undisturbed[0] as AnyScenario

  test('a helper that acts by name deletes the new entry', () => {
    const { message } = counterexample({
      ...first,
      processes: { stas: connectsFor('stas'), helper: mutated(byName, helper) },
    })
    expect(message).toContain('I2')
  })

  test('publishing without the check afterwards leaves an orphan', () => {
    const dies = scenarioOf(FAST.undisturbed, 'the new controller dies at any moment, before')
    const { message } = counterexample({
      ...dies,
      processes: { stas: mutated(noCheckAfterPublishing, connectsFor('stas')), helper },
    })
    expect(message).toContain('I3')
  })

  test("publishing without the pin destroys the next tenant's entry", () => {
    const { message } = counterexample({
      ...first,
      name: 'two connect, one without the pin',
      happenings: [[...removal, ...removal]],
      processes: { careless: unpinnedConnectFor('careless'), stas: connectsFor('stas') },
    })
    expect(message).toContain("I1: the live controller's entry is visible without its owner")
  })

  test('unlinking the incarnation before the owner leaves an entry that nothing proves stale', () => {
    const strangers = scenarioOf(FAST.killed, 'a stranger takes the number')
    const { message } = counterexample({ ...strangers, processes: { helper: mutated(identityFirst, helper) } })
    expect(message).toContain('I3')
  })

  test("a bad stamp taken for an old one deletes a live controller's entry", () => {
    const scenario: Scenario<{ live: string | null }> = {
      name: "a late event meets libnvme's entry with a stamp that does not parse",
      processes: { helper: mutated(badStampIsOld, helper) },
      happenings: [],
      prepare: world => {
        owned(world)
        for (const step of removal) step.happen(world)
        for (const step of stranger) step.happen(world)
        const sys = world.sysFor('libnvme', 97)
        for (const name of sys.readdir(ENTRY)) sys.unlink(`${ENTRY}/${name}`)
        sys.writeFile(`${ENTRY}/owner`, encodeUtf8('autoconnect\n'), 0o644)
        sys.writeFile(`${ENTRY}/seqnum`, encodeUtf8('unknown\n'), 0o644)
      },
      watch: (_before, { world }) => {
        if (world.entry()?.files['owner'] !== 'autoconnect')
          throw new Violation("P5: a stamp that does not parse deleted a live controller's entry")
        return { live: world.live() ?? null }
      },
      end: () => {},
    }
    expect(counterexample(scenario).message).toContain('P5')
    expect(explore({ ...scenario, processes: { helper } }).ends).toBe(1)
  })
})
