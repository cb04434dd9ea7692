import { RegistryError } from '../errors.ts'
import { DELETED, INCARNATION, isOurTemporary, itself, type Layout, RESERVED, within } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { type Fd, type Sys, unless } from '../sys.ts'
import type { Expected } from '../types.ts'
import { ATTEMPTS } from './attempts.ts'
import { type Attribute, type Owner, readIncarnation, readOwner } from './attribute.ts'
import { clearEntry } from './clear.ts'
import { isLink, namesIn, openEntry, PLAIN, removeEmpty, withDir } from './entry-dir.ts'
import { mustHaveOwner } from './expected.ts'
import { condemn } from './judge.ts'
import { liveIncarnation } from './liveness.ts'
import { changeOwner } from './owner-change.ts'
import { tryUnlink } from './temporary.ts'
import { removeEmptyTrash } from './trash.ts'

/**
 * Removes a device's entry, or only what the caller has seen of it; see {@link Registry.delete}.
 *
 * Everything happens in the directory that was opened, so no number has to be held, and another entry that has taken the name
 * meanwhile is not touched.
 */
export function deleteEntry(sys: Sys, layout: Layout, device: string, expected: Expected = {}): boolean {
  checkDevice(device)
  let found = false
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const dir = openEntry(sys, layout, device)
    if (dir === undefined) return found
    // ENOENT: the directory was removed under us.
    const deleted = withDir(sys, dir, () => unless(['ENOENT'], () => deleteIn(sys, layout, device, dir, expected)))
    if (deleted !== undefined && deleted !== 'again') return deleted === 'deleted'
    found = true
    removeEmptyTrash(sys, layout)
  }
  throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
}

type Deleted = 'deleted' | 'not there' | 'again'

function deleteIn(sys: Sys, layout: Layout, device: string, dir: Fd, { incarnation, owner }: Expected): Deleted {
  const path = layout.entry(device)
  mustBeRemovable(sys, dir, path)
  const identity = readIncarnation(sys, dir)
  const live = liveIncarnation(sys, layout, device)
  if (incarnation !== undefined) mustBeOf(device, identity, live, incarnation)
  const mayGo = (present: Owner): undefined => mustHaveOwner(device, present, owner)
  if (identity.state === 'set' && identity.value === live) return deleteLive(sys, dir, mayGo)
  mayGo(readOwner(sys, dir))
  if (live !== undefined && identity.state === 'damaged') {
    // It is one that does not say whose it is then, and is removed as such.
    tryUnlink(sys, within(dir, INCARNATION))
    return 'again'
  }
  // A claimer that gives libnvme's entry an incarnation comes first, or finds it condemned.
  const mark = identity.state === 'absent' ? condemn(sys, dir) : 'dead'
  if (mark === 'look again') return 'again'
  const removed = mark === 'empty' ? removeEmpty(sys, path) : clearEntry(sys, dir, path).removed
  // It may be libnvme's `.trash.XXXXXX` by now.
  if (!removed) removeEmptyTrash(sys, layout)
  return 'deleted'
}

/**
 * A live controller's directory stays: a late writer that has it open would make an entry of what is left. It is decided as any
 * change of the owner, so that of a delete and a claim one comes first; from then on it reads as no entry, until the next claim
 * or update. All but the registry's own files go, and what is set meanwhile may go with them.
 */
function deleteLive(sys: Sys, dir: Fd, mayGo: (present: Owner) => undefined): Deleted {
  const changed = changeOwner(sys, dir, DELETED, present =>
    present.state === 'deleted' ? 'not there' : mayGo(present),
  )
  if (changed === 'lost') return 'again'
  for (const name of namesIn(sys, itself(dir)))
    if (!RESERVED.includes(name) && !isOurTemporary(name)) unless(['ENOENT'], () => sys.unlink(within(dir, name)))
  return 'kept' in changed ? changed.kept : 'deleted'
}

function mustBeOf(device: string, identity: Attribute, live: string | undefined, incarnation: string): void {
  // An entry that does not say whose it is counts as the live controller's.
  if ((identity.state === 'set' ? identity.value : live) === incarnation) return
  throw new RegistryError('no-controller', `${device}'s entry is another controller's now`, { device })
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
