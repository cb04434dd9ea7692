import { RegistryError } from '../errors.ts'
import { itself, type Layout, OWNER, within } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import type { Expected, SeenOwner } from '../types.ts'
import { readAttribute, readIncarnation } from './attribute.ts'
import { clearEntry } from './clear.ts'
import { isLink, namesIn, openEntry, PLAIN, withDir } from './entry-dir.ts'
import { mustHaveOwner } from './expected.ts'
import { condemn } from './judge.ts'
import { withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { ATTEMPTS } from './place.ts'
import { removeLive, removeSeen } from './remove-live.ts'

/** Removes a device's entry, or only what the caller has seen of it; see {@link Registry.delete}. */
export function deleteEntry(sys: Sys, layout: Layout, device: string, expected: Expected = {}): boolean {
  checkDevice(device)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const dir = openEntry(sys, layout, device)
    if (dir === undefined) return false
    const done = withDir(sys, dir, () => {
      mustBeRemovable(sys, dir, layout.entry(device))
      if (expected.incarnation === undefined && expected.owner === undefined) {
        deleteAny(sys, layout, device, dir)
        return true
      }
      return deleteSeen(sys, layout, device, dir, expected)
    })
    if (done) return true
  }
  throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
}

function deleteAny(sys: Sys, layout: Layout, device: string, dir: Fd): void {
  try {
    withPinned(sys, layout, device, () => removeLive(sys, layout, device))
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'no-controller') throw error
    // Nobody has the number, or its controller cannot be held now: then through the directory that was looked at.
    clearEntry(sys, dir, layout.entry(device))
  }
}

/** @returns false: another process has changed the entry meanwhile, look again */
function deleteSeen(sys: Sys, layout: Layout, device: string, dir: Fd, { incarnation, owner }: Expected): boolean {
  const identity = readIncarnation(sys, dir)
  const live = liveIncarnation(sys, layout, device)
  // An entry that does not say whose it is counts as the live controller's.
  const its = identity.state === 'set' ? identity.value : live
  if (incarnation !== undefined && incarnation !== its) {
    throw new RegistryError('no-controller', `${device}'s entry is another controller's now`, { device })
  }
  if (live !== undefined && its === live) {
    return withPinned(sys, layout, device, pinned => pinned === live && removePinned(sys, layout, device, dir, owner))
  }
  // Its controller is dead, so no claim goes into it any more; but one without identity may be given one.
  mustHaveOwner(device, readAttribute(sys, dir, OWNER), owner)
  if (identity.state === 'absent' && condemn(sys, dir) === 'look again') return false
  clearEntry(sys, dir, layout.entry(device))
  return true
}

function removePinned(sys: Sys, layout: Layout, device: string, dir: Fd, owner: SeenOwner | undefined): boolean {
  try {
    return removeSeen(sys, layout, device, dir, owner)
  } catch (error) {
    // The directory was removed under us.
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Found before anything is taken away: a delete that fails must not have disowned anybody. */
function mustBeRemovable(sys: Sys, dir: Fd, where: string): void {
  for (const name of namesIn(sys, itself(dir))) {
    const kind = kindOf(sys, within(dir, name))
    if (kind === 'dir') throw new RegistryError('damaged', `${where}/${name} is a directory`)
    // A dangling link is listed too and cannot be looked at; but what cannot be read as a link either has an impossible name.
    const missing = kind === undefined && !PLAIN.test(name) && !isLink(sys, within(dir, name))
    if (missing && namesIn(sys, itself(dir)).includes(name)) {
      throw new RegistryError('damaged', `${where}/${name} has a name that is not UTF-8`)
    }
  }
}

const kindOf = (sys: Sys, path: string) => unless(['ENOENT', 'ELOOP'], () => sys.stat(path).kind)
