import { layoutBelow } from '../src/layout.ts'
import { sweep } from '../src/protocol/sweep.ts'
import { type State, Violation } from './explore.ts'
import type { World } from './world.ts'

/** What is remembered along a way: who owned the live controller, and what each reader may still answer. */
export interface Ghost {
  /** The live incarnation that has been seen owned, and by whom; it must stay so while it lives. */
  readonly owned: { readonly incarnation: string; readonly owner: string } | null
  /** For each process: the incarnation that was owned when it made its first call, as long as that has held. */
  readonly ownedThroughout: readonly (string | null)[]
}

export const LAYOUT = layoutBelow('/')

/**
 * I1, I2 and I4 of the contract, after every step.
 *
 * - I1: the live controller's entry, if visible, is complete.
 * - I2: once it is owned it stays owned, by the same owner, until the controller dies.
 * - I4: a reader that says "unowned" was not running all the time within which the live controller was owned.
 */
export function watchOwnership(before: Ghost | undefined, state: State<Ghost>): Ghost {
  const { world, points } = state
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
  const ownedThroughout = points.map((point, i) => {
    if (before === undefined) return now?.incarnation ?? null
    const held = before.ownedThroughout[i] ?? null
    const standing = point.standing
    if (held !== null && 'result' in standing && isUnowned(standing.result)) {
      throw new Violation('I4: a reader says unowned, and the live controller was owned all the while')
    }
    return held !== null && now?.incarnation === held ? held : null
  })
  return { owned: now, ownedThroughout }
}

const isUnowned = (result: unknown): boolean => (result as { state?: string } | null)?.state === 'unowned'

/** I3 where all is done; `swept`: after a sweep, which is what a crash may need (I5). */
export function endsClean(state: State<Ghost>, swept: boolean): void {
  const world = swept ? state.world.clone() : state.world
  if (swept) sweep(world.sysFor('sweeper', 99), LAYOUT)
  const live = world.live()
  const entry = world.entry()
  // An empty directory says nothing (docs/registry-format.md), and goes with the controller that has the name now.
  const says = entry !== undefined && Object.keys(entry.files).length > 0
  if (entry !== undefined && (says ? entry.files['incarnation'] !== live : live === undefined)) {
    throw new Violation(
      `I3: everything is handled and an entry of a dead controller is there: ${JSON.stringify(entry.files)}`,
    )
  }
  const hidden = world.registryNames().filter(name => name.startsWith('.'))
  if (hidden.length > 0) throw new Violation(`I3: everything is done and ${hidden.join(', ')} is left`)
  if (swept && state.ghost.owned !== null && state.ghost.owned.incarnation === live && entry === undefined) {
    throw new Violation('I5: the sweep took the ownership of a live controller')
  }
}

export type { World }
