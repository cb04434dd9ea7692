import { RegistryError } from '../src/errors.ts'
import { RELEASED, stepNumber } from '../src/layout.ts'
import { claim } from '../src/protocol/claim.ts'
import { deleteEntry } from '../src/protocol/delete.ts'
import { openEntry } from '../src/protocol/entry-dir.ts'
import { changeOwner } from '../src/protocol/owner-change.ts'
import { ownerOf } from '../src/protocol/read.ts'
import { release } from '../src/protocol/release.ts'
import type { Claimed } from '../src/types.ts'
import type { Program } from './actor.ts'
import { afterSweep, isUnowned, LAYOUT, ownedSince } from './invariants.ts'
import { resultsOf, type Seen, Violation } from './scenario.ts'
import { DEVICE } from './world.ts'

/** The programs that change who owns a live controller, and what must hold between them. */

/** What became of an attempt to change the owner: a link in a chain, or a refusal that names the reason. */
export type Change = { readonly from: string | null; readonly to: string | null } | { readonly refused: string }

export const claimsFor =
  (owner: string, steal = false): Program =>
  sys =>
    orRefused(() => changeOf(claim(sys, LAYOUT, DEVICE, owner, steal), owner))

export const releasesFrom =
  (expected: string): Program =>
  sys =>
    orRefused(() => {
      const was = release(sys, LAYOUT, DEVICE, expected)
      return was === undefined ? { refused: UNOWNED } : { from: was, to: null }
    })

const UNOWNED = 'it had no owner'

/** Steals it twice: for an owner of the process's name, and for one with a 2 behind it. */
export const stealsTwice =
  (name: string): Program =>
  sys => ({ changes: [claimsFor(name, true)(sys), claimsFor(`${name}2`, true)(sys)] })

/** Makes what another process has decided and not made: what each change begins with, and here all. */
export const finishes: Program = sys => {
  const dir = openEntry(sys, LAYOUT, DEVICE)
  if (dir !== undefined) changeOwner(sys, dir, RELEASED, () => true)
  return 'finished'
}

/** Removes the whole entry, as a person may. */
export const deletesEntry: Program = sys => ({
  refused: deleteEntry(sys, LAYOUT, DEVICE) ? 'deleted' : 'nothing there',
})

/** Removes the entry of this owner only (null: of one that is unowned), and of this incarnation. */
export const deletesOf =
  (owner: string | null, incarnation?: string): Program =>
  sys =>
    orRefused(() => {
      const deleted = deleteEntry(sys, LAYOUT, DEVICE, { incarnation, owner })
      return deleted ? { from: owner, to: null } : { refused: 'nothing there' }
    })

/** disconnect-all for one controller: take hold of it, look who owns it, delete it only if nobody does. */
export const disconnectsUnowned: Program = sys => {
  const hold = sys.holdDelete()
  if (hold === undefined) return { left: 'gone' }
  const { state } = ownerOf(sys, LAYOUT, DEVICE, hold)
  if (state !== 'unowned') return { left: state }
  return { deleted: sys.deleteHeld(hold) ? hold : 'gone' }
}

function changeOf(claimed: Claimed, owner: string): Change {
  if (claimed.outcome === 'already-ours') return { refused: 'already-ours' }
  return { from: claimed.outcome === 'stolen' ? (claimed.from ?? null) : null, to: owner }
}

export function orRefused<T>(change: () => T): T | { readonly refused: string } {
  try {
    return change()
  } catch (error) {
    if (error instanceof RegistryError && error.code !== 'io') return { refused: error.code }
    throw error
  }
}

/**
 * Where all is done and the controller lives: every change that says it was made has its place in one chain, from the owner
 * at the beginning to the one on disk. Two that believe they had it from the same predecessor have none. Who was killed, or
 * was told of an error, may have made its change all the same.
 *
 * @param swept some call may have failed or somebody been killed: what is left over may wait for a sweep
 */
export function endsInAChain(first: string | null, swept = false) {
  return (seen: Seen): void => {
    const { names, phases } = seen
    const changes: Link[] = []
    const possible: Link[] = []
    phases.forEach((phase, i) => {
      const told = phase.at === 'end' ? (phase.result as Told | { readonly changes: readonly Told[] }) : null
      const name = names[i] as string
      for (const result of told !== null && typeof told === 'object' && 'changes' in told ? told.changes : [told]) {
        if (result !== null && result.to !== undefined) changes.push({ from: result.from ?? null, to: result.to })
        // Who releases is called after the owner that he was; who claims, after the one that he becomes.
        else if (result === null || result.failed !== undefined || UNCERTAIN.has(result.refused ?? ''))
          possible.push({ to: name === 'past' ? null : name }, { to: `${name}2` })
      }
    })
    const last = seen.world.entry()?.files['owner'] ?? null
    if (!isChain(first, last, changes, possible)) {
      throw new Violation(`CAS: ${JSON.stringify(changes)} is no chain from ${first} to ${last}`)
    }
    const { files = {} } = (swept ? afterSweep(seen.world) : seen.world).entry() ?? {}
    const left = Object.keys(files).filter(name => name.includes('.tmp.'))
    const steps = left.filter(name => stepNumber(name) !== undefined)
    if (left.length > steps.length && !(swept && seen.world.apart))
      throw new Violation(`I3: everything is done and ${left.join(', ')} is left`)
    if (!swept && steps.length > 1) throw new Violation(`I3: everything is done and ${steps.join(', ')} are left`)
    if ((files['owner'] ?? null) !== last) throw new Violation(`I5: the sweep changed the owner ${last}`)
  }
}

/** What a program says at its end. */
interface Told {
  readonly from?: string
  readonly to?: string | null
  readonly refused?: string
  readonly failed?: string
}

/** Refusals that a failing call brings at any point, also behind the change. */
const UNCERTAIN = new Set(['no-sysfs', 'damaged'])

/** A change of the owner; without `from`: from whomever it was. */
interface Link {
  readonly from?: string | null
  readonly to: string | null
}

function isChain(first: string | null, last: string | null, must: readonly Link[], may: readonly Link[]): boolean {
  if (must.length === 0 && first === last) return true
  return (
    must.some(({ from, to }, i) => from === first && isChain(to, last, must.toSpliced(i, 1), may)) ||
    may.some(({ to }, i) => isChain(to, last, must, may.toSpliced(i, 1)))
  )
}

/** What is remembered of a controller whose owner may change: that it was owned, and whether the disconnector was right. */
export interface Owned {
  readonly incarnation: string | null
  readonly owner: string | null
  /** For each process: the incarnation that was owned all the while since its first call. */
  readonly ownedThroughout: readonly (string | null)[]
}

/** I2, I4 and I7 where owners change hands, and may only become nobody by a release. */
export function watchChanges(mayBecomeUnowned: boolean) {
  return (before: Owned | undefined, seen: Seen): Owned => {
    const { world, mover } = seen
    const incarnation = world.live() ?? null
    const entry = world.entry()
    const ours = incarnation !== null && entry?.files['incarnation'] === incarnation
    const owner = ours ? (entry.files['owner'] ?? null) : null
    const survived = before !== undefined && before.incarnation === incarnation
    if (survived && before.owner !== null && owner === null && !mayBecomeUnowned) {
      throw new Violation(`I2: ${mover} left the live controller without its owner '${before.owner}'`)
    }
    resultsOf(seen).forEach((result, i) => {
      const held = before?.ownedThroughout[i] ?? null
      if (held === null) return
      if (isUnowned(result)) throw new Violation('I4: a reader says unowned of what was owned all the while')
      // The one that was deleted is gone now, so what counts is that it was owned until then.
      if ((result as { deleted?: string } | undefined)?.deleted === held)
        throw new Violation('I7: disconnected what was owned all the while')
    })
    const owned = owner === null ? null : incarnation
    return { incarnation, owner, ownedThroughout: ownedSince(before?.ownedThroughout, seen, owned) }
  }
}

/** The same where an entry may be deleted: only the first controller may lose its owner by that, and only the one named. */
export function watchDeletes(deleted: string) {
  const watch = watchChanges(true)
  return (before: (Owned & { readonly first: string | null }) | undefined, seen: Seen) => {
    const now = watch(before, seen)
    const first = before === undefined ? now.incarnation : before.first
    const lost =
      before !== undefined && before.owner !== null && before.incarnation === now.incarnation && now.owner === null
    if (lost && (before.owner !== deleted || now.incarnation !== first))
      throw new Violation(`I2: ${seen.mover} left the live controller without its owner '${before.owner}'`)
    return { ...now, first }
  }
}

/** Where all is done: what is there says whose it is, and that one lives. `swept` as with {@link endsInAChain}. */
export function endsIdentified(seen: Seen, swept = false): void {
  const world = swept ? afterSweep(seen.world) : seen.world
  const files = world.entry()?.files ?? {}
  const live = world.live()
  if (files['owner'] !== undefined && files['incarnation'] === undefined) {
    throw new Violation(`I3: an entry with an owner and without a controller that it is for: ${JSON.stringify(files)}`)
  }
  if (files['incarnation'] !== undefined && files['incarnation'] !== live) {
    throw new Violation(
      `I3: everything is handled and an entry of a dead controller is there: ${JSON.stringify(files)}`,
    )
  }
}

/** The same, and who claimed the controller that lives has it; for where there is only one that can have been claimed. */
export function endsClaimed(seen: Seen, swept = false): void {
  endsIdentified(seen, swept)
  const owner = seen.world.entry()?.files['owner']
  if (seen.world.live() === undefined) return
  for (const result of resultsOf(seen)) {
    const change = result as { to?: string } | undefined
    if (typeof change?.to === 'string' && owner !== change.to)
      throw new Violation(`I2: '${change.to}' was told that it owns the live controller, and the entry says ${owner}`)
  }
}

/** The same, and no release says that the controller had no owner: for where it has one as long as it lives. */
export function endsReleased(seen: Seen, swept = false): void {
  endsIdentified(seen, swept)
  if (resultsOf(seen).some(result => (result as Told | undefined)?.refused === UNOWNED))
    throw new Violation('I4: a release says that what was owned as long as it lived had no owner')
}
