import { RegistryError } from '../errors.ts'
import { CONDEMNED, itself, type Layout, OWNER, within } from '../layout.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import type { SeenOwner } from '../types.ts'
import { formatValue } from '../values.ts'
import { readAttribute } from './attribute.ts'
import { emptyEntry, removeEmpty, stands, withDir } from './entry-dir.ts'
import { mustHaveOwner } from './expected.ts'
import { aloneChanging } from './owner-change.ts'
import { ATTEMPTS } from './place.ts'

/**
 * Removes a live controller's entry in one step, by a rename to a hidden name, so that no process finds a part of it or
 * puts something into what is left of it. By name, and safe: the caller holds the number, so the name cannot have become
 * another controller's.
 */
export function removeLive(sys: Sys, layout: Layout, device: string): void {
  const hidden = layout.staging(device, sys.token())
  if (unless(['ENOENT'], () => (sys.rename(layout.entry(device), hidden), true)) === undefined) return
  discardHidden(sys, hidden, sys.openDir(hidden))
}

/**
 * The same for the entry that the caller has open, while it has the owner that the caller has seen. No other owner may come
 * between the look and the rename: a process that takes an owner away is kept off by {@link aloneChanging}, and one that
 * claims what is unowned does so by link(2), which finds the name `owner` taken by a mark.
 *
 * @returns false: another process has changed the entry meanwhile; nothing was removed, look again
 * @throws `owned`, `changed`, `unknown-owner`, `busy`: nothing was removed
 */
export function removeSeen(
  sys: Sys,
  layout: Layout,
  device: string,
  dir: Fd,
  expected: SeenOwner | undefined,
): boolean {
  if (expected === undefined) return moveAway(sys, layout, device, dir)
  const bytes = formatValue('owner', typeof expected === 'string' ? expected : 'delete')
  mustHaveOwner(device, readAttribute(sys, dir, OWNER), expected)
  return aloneChanging(sys, device, dir, bytes, () => {
    mustHaveOwner(device, readAttribute(sys, dir, OWNER), expected)
    return expected === null
      ? withoutOwner(sys, dir, () => moveAway(sys, layout, device, dir))
      : moveAway(sys, layout, device, dir)
  })
}

/** Runs `remove` while the name `owner` is taken, so that no process becomes the owner; false, and not run: one did. */
function withoutOwner(sys: Sys, dir: Fd, remove: () => boolean): boolean {
  const mark = within(dir, OWNER)
  try {
    sys.symlink(CONDEMNED, mark)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
  let removed = false
  try {
    removed = remove()
    return removed
  } finally {
    if (!removed) unless(['ENOENT'], () => sys.unlink(mark))
  }
}

/** Moves the entry away and empties it, if the name still leads to `dir`. */
function moveAway(sys: Sys, layout: Layout, device: string, dir: Fd): boolean {
  if (!stands(sys, layout, device, dir)) return false
  const hidden = layout.staging(device, sys.token())
  if (unless(['ENOENT'], () => (sys.rename(layout.entry(device), hidden), true)) === undefined) return false
  const moved = sys.openDir(hidden)
  if (sys.stat(itself(moved)).ino === sys.stat(itself(dir)).ino) {
    discardHidden(sys, hidden, moved)
    return true
  }
  sys.close(moved)
  putBack(sys, layout, device, hidden)
  return false
}

/**
 * Gives back an entry that had replaced the one that was looked at: libnvme's update replaces directories, and so do a delete
 * of ours that looks at no owner and a claim after it. One that cannot be given back is left under its hidden name.
 */
function putBack(sys: Sys, layout: Layout, device: string, hidden: string): void {
  try {
    sys.rename(hidden, layout.entry(device))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'ENOTEMPTY' && errno !== 'EEXIST') throw error
    const why = `${device}'s entry was replaced while it was removed; the former one is ${hidden}`
    throw new RegistryError('busy', why, { device, cause: error })
  }
}

/** A writer that has the directory open may still put something into it, until it is gone. */
function discardHidden(sys: Sys, hidden: string, dir: Fd): void {
  withDir(sys, dir, () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      emptyEntry(sys, dir, hidden)
      if (removeEmpty(sys, hidden)) return
    }
  })
}
