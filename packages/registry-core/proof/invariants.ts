import { layoutBelow, stagingOf } from '../src/layout.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { type Seen, Violation } from './scenario.ts'
import type { World } from './world.ts'

/** What is remembered along a way: who owned the live controller, and what each reader may still answer. */
export interface Ghost {
  /** The live incarnation that has been seen owned, and by whom; it must stay so while it lives. */
  readonly owned: { readonly incarnation: string; readonly owner: string } | null
  /** For each process that asks: the incarnation that has been owned ever since it began. */
  readonly ownedThroughout: readonly (string | null)[]
}

/** Those whose answer is looked at: whoever asks is called so. */
const ASKERS = /^(reader|policy)/

/** What {@link Ghost.ownedThroughout} is after a step. `owned`: the live incarnation, if it is owned. */
export function ownedSince(
  before: readonly (string | null)[] | undefined,
  { names, phases }: Seen,
  owned: string | null,
): (string | null)[] {
  return phases.map(({ at }, i) => {
    if (!ASKERS.test(names[i] as string)) return null
    if (at === 'start') return owned
    return at === 'work' && before?.[i] === owned ? owned : null
  })
}

export const LAYOUT = layoutBelow('/')

/**
 * I1, I2 and I4 of the contract, after every step.
 *
 * - I1: the live controller's entry, if visible, is complete.
 * - I2: once it is owned it stays owned, by the same owner, until the controller dies.
 * - I4: a reader that says "unowned" was not running all the time within which the live controller was owned.
 */
export function watchOwnership(before: Ghost | undefined, seen: Seen): Ghost {
  const { world, phases } = seen
  const live = world.live()
  const entry = world.entry()
  const ours = entry !== undefined && live !== undefined && entry.files['incarnation'] === live
  if (ours) {
    for (const name of ['owner', 'seqnum']) {
      if (entry.files[name] === undefined)
        throw new Violation(`I1: the live controller's entry is visible without its ${name}`)
    }
  }
  const now = ours ? { incarnation: live, owner: entry.files['owner'] as string } : null
  const was = before?.owned ?? null
  if (was !== null && was.incarnation === live && (now === null || now.owner !== was.owner)) {
    throw new Violation(
      `I2: the live controller was owned by '${was.owner}' and its entry is ${now === null ? 'gone' : `owned by '${now.owner}'`}`,
    )
  }
  phases.forEach((phase, i) => {
    if (phase.at === 'end' && isUnowned(phase.result) && (before?.ownedThroughout[i] ?? null) !== null)
      throw new Violation('I4: a reader says unowned, and the live controller was owned all the while')
  })
  return { owned: now, ownedThroughout: ownedSince(before?.ownedThroughout, seen, now?.incarnation ?? null) }
}

export const isUnowned = (result: unknown): boolean => (result as { state?: string } | null)?.state === 'unowned'

/** I3 where all is done; `swept`: after a sweep, which is what a crash may need (I5). */
export function endsClean(seen: Seen, ghost: Ghost, swept: boolean): void {
  const world = swept ? afterSweep(seen.world) : seen.world
  const live = world.live()
  const entry = world.entry()
  // An empty directory says nothing (docs/registry-format.md), and goes with the controller that has the name now.
  const says = entry !== undefined && Object.keys(entry.files).length > 0
  if (entry !== undefined && (says ? entry.files['incarnation'] !== live : live === undefined)) {
    throw new Violation(
      `I3: everything is handled and an entry of a dead controller is there: ${JSON.stringify(entry.files)}`,
    )
  }
  // Nothing proves that no writer goes on with it, as long as its controller lives.
  const mayStay = (name: string): boolean =>
    name === '.announced' || (world.apart && live !== undefined && stagingOf(name)?.incarnation === live)
  const hidden = world.registryNames().filter(name => name.startsWith('.') && !mayStay(name))
  if (hidden.length > 0) throw new Violation(`I3: everything is done and ${hidden.join(', ')} is left`)
  if (swept && ghost.owned !== null && ghost.owned.incarnation === live && entry === undefined) {
    throw new Violation('I5: the sweep took the ownership of a live controller')
  }
}

const SWEPT = new WeakMap<World, World>()

/** The same world after one more sweep; many ways end in the same one. */
export function afterSweep(world: World): World {
  let swept = SWEPT.get(world)
  if (swept === undefined) {
    swept = world.clone()
    sweep(swept.sysFor('last', 99), LAYOUT)
    SWEPT.set(world, swept)
  }
  return swept
}
