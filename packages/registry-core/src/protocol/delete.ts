import { RegistryError } from '../errors.ts'
import { itself, type Layout, within } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { type Fd, type Sys, unless } from '../sys.ts'
import { clearEntry } from './clear.ts'
import { emptyEntry, isLink, namesIn, openEntry, PLAIN, removeEmpty, withDir } from './entry-dir.ts'
import { withPinned } from './live-entry.ts'

/** Removes a device's entry, whatever it says; see {@link Registry.delete}. */
export function deleteEntry(sys: Sys, layout: Layout, device: string): boolean {
  checkDevice(device)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return false
  return withDir(sys, dir, () => {
    mustBeRemovable(sys, dir, layout.entry(device))
    try {
      withPinned(sys, layout, device, incarnation => removeLive(sys, layout, device, incarnation))
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'no-controller') throw error
      // Nobody has the number, or its controller cannot be held now: then through the directory that was looked at.
      clearEntry(sys, dir, layout.entry(device))
    }
    return true
  })
}

/**
 * A live controller's entry goes in one step, by a rename to a hidden name, so that nobody finds a part of it or puts
 * something into what is left of it. By name, and safe: the number is held, so the name cannot have become anybody else's.
 */
function removeLive(sys: Sys, layout: Layout, device: string, incarnation: string): void {
  const hidden = layout.staging(device, incarnation, sys.token())
  if (unless(['ENOENT'], () => (sys.rename(layout.entry(device), hidden), true)) === undefined) return
  withDir(sys, sys.openDir(hidden), dir => emptyEntry(sys, dir, hidden))
  removeEmpty(sys, hidden)
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
