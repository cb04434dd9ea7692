import type { Fd, ReapSys } from '../sys.ts'
import { ATTEMPTS } from './attempts.ts'
import { type Emptied, emptyEntry, removeEmpty } from './entry-dir.ts'
import { condemn } from './judge.ts'

/** What was in a directory, what one call unlinked of it, and whether that call removed the directory. */
export interface Cleared extends Emptied {
  readonly removed: boolean
}

/**
 * Removes a dead directory with all that is in it, and the name, if it is still its name.
 *
 * A writer of the dead controller's may put something into it between the list and the end: its owner, and then it is
 * killed before it notices. What would be left says no more whose it was, and would pass for the next controller's. So
 * what could not be removed is condemned, and emptied again.
 */
export function clearEntry(sys: ReapSys, dir: Fd, path: string): Cleared {
  const emptied = emptyEntry(sys, dir, path)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (removeEmpty(sys, path)) return { ...emptied, removed: true }
    // Empty: another's entry has the name now, or nobody's. Marked or identified: somebody else has taken it on.
    if (condemn(sys, dir) !== 'condemned') break
    emptyEntry(sys, dir, path)
  }
  return { ...emptied, removed: false }
}
