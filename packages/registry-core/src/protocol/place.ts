import { RegistryError } from '../errors.ts'
import { INCARNATION, type Layout } from '../layout.ts'
import { errnoOf, type Fd, type Sys } from '../sys.ts'
import { ATTEMPTS } from './attempts.ts'
import { readIncarnation } from './attribute.ts'
import { clearEntry } from './clear.ts'
import { emptyEntry, holdsEntry, openEntry } from './entry-dir.ts'
import { condemn } from './judge.ts'
import { liveIncarnation } from './liveness.ts'
import type { Staged } from './staging.ts'
import { removeEmptyTrash } from './trash.ts'

/** What may be done with a directory without our identity: libnvme's entry, an empty one, one that is being removed. */
export type Unidentified = 'replace' | 'keep'

/**
 * Gives a staged entry its name. The caller holds the number, so `incarnation` stays the live one meanwhile.
 *
 * Never moves or hides what is there: rename(2) replaces an empty directory at once and refuses any other, and then what is
 * in the way is either the live controller's (returned, open) or a dead one's, which is emptied through its own directory.
 *
 * @returns the directory that has the name already, open, if it is this incarnation's (or unidentified, and to be kept)
 * @throws `damaged`, `busy`
 */
export function place(
  sys: Sys,
  layout: Layout,
  device: string,
  staged: Staged,
  incarnation: string,
  unidentified: Unidentified,
): Fd | undefined {
  const entry = layout.entry(device)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      sys.rename(staged.path, entry)
      // What was emptied to make room may have been moved away by libnvme in the middle of it.
      if (attempt > 0) removeEmptyTrash(sys, layout)
      return undefined
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOTDIR')
        throw new RegistryError('damaged', `${entry} is not a directory`, { device, cause: error })
      if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST') throw error
    }
    const there = openEntry(sys, layout, device)
    if (there === undefined) continue
    let keep = false
    try {
      const theirs = readIncarnation(sys, there)
      if (theirs.state === 'damaged') {
        throw new RegistryError('damaged', `${entry}/${INCARNATION} is ${theirs.reason}`, { device })
      }
      keep = theirs.state === 'set' ? theirs.value === incarnation : unidentified === 'keep' && holdsEntry(sys, there)
      if (keep) return there
      // A claimer may be giving it this incarnation right now: whoever is first decides. What is empty is not in the way.
      if (theirs.state === 'absent' && condemn(sys, there) !== 'condemned') continue
      emptyEntry(sys, there, entry)
    } finally {
      if (!keep) sys.close(there)
    }
  }
  throw new RegistryError('busy', `${entry} kept being changed by others`, { device })
}

/**
 * Is the incarnation still there? If not, exactly what was placed is taken back, through its own directory.
 *
 * If that cannot be told, the entry stays, complete, and the error says so: to take it back would disown a controller that
 * most likely lives, and should it be dead after all, its remove event or a sweep clears it.
 */
export function confirm(sys: Sys, layout: Layout, device: string, staged: Staged, incarnation: string): boolean {
  if (liveIncarnation(sys, layout, device) === incarnation) return true
  clearEntry(sys, staged.dir, layout.entry(device))
  return false
}
