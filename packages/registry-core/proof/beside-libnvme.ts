import { TRASH } from '../src/layout.ts'
import { type Ghost, watchOwnership } from './invariants.ts'
import { makerOf } from './memory-fs.ts'
import { type Seen, Violation } from './scenario.ts'

/** libnvme's processes run beside ours. What *their* steps destroy is theirs; what ours do to anybody is a violation. */
const isTheirs = (mover: string): boolean => mover.startsWith('libnvme')

export interface Beside extends Ghost {
  /** The live incarnation that libnvme registered, while its entry is there. */
  readonly registered: string | null
  /** The live incarnation whose entry libnvme took or broke; nothing more can be said of it. */
  readonly spoiled: string | null
}

export function watchBeside(before: Beside | undefined, seen: Seen): Beside {
  const { world, mover } = seen
  const live = world.live() ?? null
  const entry = world.entry()
  const theirs = entry !== undefined && entry.files['incarnation'] === undefined && entry.files['owner'] !== undefined
  const was = before?.registered ?? null
  if (was !== null && was === live && !theirs && !isTheirs(mover) && mover !== '') {
    throw new Violation(`I2: ${mover} took the entry of a live controller that libnvme registered`)
  }
  // Its update writes into whatever has the name: only in a directory that it made itself is it for this controller.
  const begun = mover === 'libnvmeUpdate' && entry !== undefined && makerOf(entry.ino) === mover
  const registered = theirs && (was === live || mover === 'libnvmeStas' || begun) ? live : null
  const spoiled = before?.spoiled !== undefined && before.spoiled === live ? live : null
  if (spoiled !== null) return { ...nothingKnown(seen), registered, spoiled }
  try {
    return { ...watchOwnership(before, seen), registered, spoiled }
  } catch (error) {
    if (!(error instanceof Violation) || !isTheirs(mover)) throw error
    return { ...nothingKnown(seen), registered, spoiled: live }
  }
}

const nothingKnown = ({ phases }: Seen): Ghost => ({ owned: null, ownedThroughout: phases.map(() => null) })

/** An empty directory of libnvme's is left by itself, or by a process of ours that was in its way. */
export function endsWithoutTrash({ world }: Seen): void {
  const left = world.registryNames().filter(name => name.startsWith(TRASH) && world.isEmpty(name))
  if (left.length > 0) throw new Violation(`I3: everything is done and ${left.join(', ')} is left`)
}

/** Nothing of a dead controller stays that one of our sweeps can tell is dead. */
export function endsBeside(seen: Seen): void {
  endsWithoutTrash(seen)
  const { world } = seen
  const entry = world.entry()
  const live = world.live()
  if (entry === undefined || live !== undefined) return
  if (Object.keys(entry.files).length > 0) {
    throw new Violation(
      `I3: everything is handled and an entry of a dead controller is there: ${JSON.stringify(entry.files)}`,
    )
  }
}

/** Where owners change hands beside libnvme: no step of ours leaves a live controller without the owner that it had. */
export function watchLosses(before: { readonly owned: string | null } | undefined, { world, mover }: Seen) {
  const live = world.live() ?? null
  const files = world.entry()?.files ?? {}
  const whose = files['incarnation'] ?? live
  const owned = live !== null && whose === live && files['owner'] !== undefined ? live : null
  if (before !== undefined && before.owned !== null && before.owned === live && owned === null && !isTheirs(mover))
    throw new Violation(`I2: ${mover} left the live controller without its owner`)
  return { owned }
}
