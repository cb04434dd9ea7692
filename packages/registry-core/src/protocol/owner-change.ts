import { RegistryError } from '../errors.ts'
import {
  type DELETED,
  FILE_MODE,
  itself,
  OWNER,
  RELEASED,
  STEPS,
  stepName,
  stepNumber,
  temporary,
  within,
} from '../layout.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import { ATTEMPTS } from './attempts.ts'
import { type Owner, readOwner } from './attribute.ts'
import { linkOnce, symlink, tryUnlink } from './temporary.ts'

/**
 * Sets, replaces or removes the owner of an entry by compare-and-set, without a lock and without asking whether another
 * process lives.
 *
 * The first owner is a link(2), which is a compare-and-set from nothing. The changes after it are numbered. A change is a file
 * of its own, `owner.tmp.<token>`, which holds the next owner. The process that creates the symbolic link `owner.tmp.step-<n>`
 * to that token has decided that this is the n-th change; rename(2) of the file onto `owner` then makes it. A token names one
 * file, so a change is made once, whichever process does it and however late; and the next number is decided only after that.
 * A process that is killed or stopped between the two calls therefore delays no other: the next one makes its change first.
 *
 * The highest step stays as long as the entry; lower ones are removed. So a late process may create a step that was decided
 * and removed already: it finds a higher one in the list that it makes next, and its step counts for nothing.
 */

/** The next owner: the bytes of the file, or the link of a release or a delete. */
export type NextOwner = Uint8Array | typeof RELEASED | typeof DELETED

/** The outcome of {@link changeOwner}. `kept`: the present owner is to stay. `lost`: the directory is being removed. */
export type Changed<T> = { readonly from: Owner } | { readonly kept: T } | 'lost'

/**
 * Changes the owner, if `keep` has nothing against the present one.
 * @param keep gives a reason to leave the owner as it is, or undefined; may throw; asked again after another's change
 * @throws ENOENT if the directory was removed
 */
export function changeOwner<T>(
  sys: Sys,
  dir: Fd,
  next: NextOwner,
  keep: (present: Owner) => T | undefined,
): Changed<T> {
  let change: Change | undefined
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const last = lastStep(sys, dir)
      if (last === undefined) continue
      const from = readOwner(sys, dir)
      const kept = keep(from)
      if (kept !== undefined) return { kept }
      if (from.state === 'damaged') mustBeReplaceable(sys, dir)
      change ??= prepare(sys, dir, next)
      if (from.state === 'absent') {
        if (linkOnce(sys, change.path, within(dir, OWNER))) return { from }
        continue
      }
      if (!decide(sys, dir, change, last + 1)) continue
      const made = make(sys, dir, change, last + 1)
      if (made === 'lost') return 'lost'
      change = undefined
      if (made === 'made') return { from }
    }
    return 'lost'
  } finally {
    // After a rename there is nothing left to remove. A step without its file is one that changes nothing.
    if (change !== undefined) tryUnlink(sys, change.path)
  }
}

interface Change {
  readonly token: string
  readonly path: string
}

function prepare(sys: Sys, dir: Fd, next: NextOwner): Change {
  const token = sys.token()
  const path = within(dir, temporary(OWNER, token))
  try {
    if (typeof next === 'string') symlink(sys, next, path)
    else sys.writeFile(path, next, FILE_MODE)
  } catch (error) {
    // A full file system may have made it, and taken no bytes.
    tryUnlink(sys, path)
    throw error
  }
  return { token, path }
}

/** Found before anything is decided: what could not be made would be in the way of every later change. */
function mustBeReplaceable(sys: Sys, dir: Fd): void {
  const directory = unless(['ENOENT', 'ENOTDIR', 'ELOOP'], () => sys.openDir(within(dir, OWNER)))
  if (directory === undefined) return
  sys.close(directory)
  throw new RegistryError('io', `${OWNER} is a directory, which no file can replace`)
}

/** Decides that this is the change of that number; false if another one is. */
function decide(sys: Sys, dir: Fd, { token }: Change, step: number): boolean {
  try {
    symlink(sys, token, within(dir, stepName(step)))
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** `void`: the step had been decided and removed before, so ours counts for nothing; its file is gone. */
function make(sys: Sys, dir: Fd, { path }: Change, step: number): 'made' | 'void' | 'lost' {
  const steps = stepsIn(sys, dir)
  const last = highest(steps)
  if (last < step) return 'lost'
  if (last > step) {
    // If another process has made it, and changed the owner again, its file is gone.
    const isVoid = isDone(() => sys.unlink(path))
    tryUnlink(sys, within(dir, stepName(step)))
    return isVoid ? 'void' : 'made'
  }
  const made = isDone(() => sys.rename(path, within(dir, OWNER)))
  for (const lower of steps) if (lower < step) tryUnlink(sys, within(dir, stepName(lower)))
  // Without its file: another process has made it, or all that is in the directory is being removed.
  return made || readOwner(sys, dir).state !== 'absent' ? 'made' : 'lost'
}

/**
 * The number of the last change, 0 for none. One that was decided and not made is made first.
 * @returns undefined: others were faster, look again
 */
function lastStep(sys: Sys, dir: Fd): number | undefined {
  const last = highest(stepsIn(sys, dir))
  if (last === 0) return 0
  const token = tokenOf(sys, dir, stepName(last))
  if (token === undefined) return undefined
  const file = temporary(OWNER, token)
  if (sys.readdir(itself(dir), file).length === 0) return last
  // Only if it was the highest all the while was it this step's token that was read: lower ones may be created again.
  if (highest(stepsIn(sys, dir)) !== last) return undefined
  isDone(() => sys.rename(within(dir, file), within(dir, OWNER)))
  return last
}

function tokenOf(sys: Sys, dir: Fd, step: string): string | undefined {
  try {
    return sys.readlink(within(dir, step))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    if (errnoOf(error) !== 'EINVAL') throw error
    throw new RegistryError('damaged', `${step} is not a symbolic link`, { cause: error })
  }
}

const stepsIn = (sys: Sys, dir: Fd): number[] => sys.readdir(itself(dir), STEPS).flatMap(name => stepNumber(name) ?? [])

const highest = (steps: readonly number[]): number => Math.max(0, ...steps)

const isDone = (call: () => void): boolean => unless(['ENOENT'], () => (call(), true)) === true
