import { RegistryError } from '../errors.ts'
import { FILE_MODE, INCARNATION, type Layout, temporary, within } from '../layout.ts'
import { errnoOf, type Fd, type Sys } from '../sys.ts'
import { encodeUtf8 } from '../utf8.ts'
import { readIncarnation } from './attribute.ts'
import { holdsEntry, openEntry } from './entry-dir.ts'
import { liveIncarnation } from './liveness.ts'
import { confirm, place } from './place.ts'
import { discard, entryFiles, type NewFile, stage } from './staging.ts'

/**
 * Runs `use` with the live incarnation of a device while its number is held: an open handle of /dev/nvmeN keeps the
 * kernel from giving N to anybody else, even if the controller dies (docs/registry-format.md, measured).
 *
 * @throws `no-controller`, also for a controller that is not live now and cannot be opened
 */
export function withPinned<T>(sys: Sys, layout: Layout, device: string, use: (incarnation: string) => T): T {
  let node: Fd
  try {
    node = sys.openNode(layout.node(device))
  } catch (error) {
    if (!['ENOENT', 'ENXIO', 'ENODEV', 'EAGAIN'].includes(errnoOf(error) ?? '')) throw error
    throw new RegistryError('no-controller', `${device} is not there, or not live`, { device, cause: error })
  }
  try {
    const incarnation = liveIncarnation(sys, layout, device)
    if (incarnation === undefined) throw new RegistryError('no-controller', `${device} is not there`, { device })
    return use(incarnation)
  } finally {
    sys.close(node)
  }
}

/** The live controller's entry: opened, or just made by us with the files that it was to get. */
export type LiveEntry = { readonly dir: Fd; readonly identified: boolean } | 'made' | 'gone'

/**
 * Opens a live, pinned controller's entry; if there is none, or a dead one, an entry with `files` is put there at once.
 * The caller closes `dir`.
 */
export function openLive(
  sys: Sys,
  layout: Layout,
  device: string,
  incarnation: string,
  files: readonly NewFile[],
): LiveEntry {
  const present = openEntry(sys, layout, device)
  if (present !== undefined) {
    let keep = false
    try {
      const theirs = readIncarnation(sys, present)
      if (theirs.state === 'damaged') {
        throw new RegistryError('damaged', `${layout.entry(device)}/${INCARNATION} is ${theirs.reason}`, { device })
      }
      keep = theirs.state === 'set' ? theirs.value === incarnation : holdsEntry(sys, present)
      if (keep) return { dir: present, identified: theirs.state === 'set' }
    } finally {
      if (!keep) sys.close(present)
    }
  }
  return make(sys, layout, device, incarnation, files)
}

function make(sys: Sys, layout: Layout, device: string, incarnation: string, files: readonly NewFile[]): LiveEntry {
  const staged = stage(sys, layout, device, entryFiles(sys, layout, incarnation, files))
  let placed = false
  try {
    const there = place(sys, layout, device, staged, incarnation, 'keep')
    if (there !== undefined) return { dir: there, identified: readIncarnation(sys, there).state === 'set' }
    placed = true
    return confirm(sys, layout, device, staged, incarnation) ? 'made' : 'gone'
  } finally {
    if (placed) sys.close(staged.dir)
    else discard(sys, staged.path, staged.dir)
  }
}

/**
 * Gives a live controller's unidentified entry (libnvme's) its identity, *before* anything else is written into it: whoever
 * creates the file `incarnation` has decided what the directory is, against a cleaner that condemns it (judge.ts).
 *
 * A cleaner that is done takes its mark away again, and somebody else may still be about to act upon it. So the order is:
 * first the file, then one look that finds an entry and no mark, then the link. Whoever condemns the directory after that
 * look lists the file, and removes it before the mark: then there is nothing left to link.
 *
 * @returns false if it was decided otherwise
 */
export function identify(sys: Sys, dir: Fd, incarnation: string): boolean {
  const bytes = encodeUtf8(`${incarnation}\n`)
  const path = within(dir, INCARNATION)
  const identified = withTemporary(
    sys,
    dir,
    INCARNATION,
    bytes,
    filled => holdsEntry(sys, dir) && linkOnce(sys, filled, path),
  )
  if (identified) return true
  const decided = readIncarnation(sys, dir)
  return decided.state === 'set' && decided.value === incarnation
}

/** Gives an attribute its first value; false if it has one. link(2) is the compare-and-set: one of two writers gets it. */
export function setOnce(sys: Sys, dir: Fd, name: string, bytes: Uint8Array): boolean {
  return withTemporary(sys, dir, name, bytes, filled => linkOnce(sys, filled, within(dir, name)))
}

function linkOnce(sys: Sys, filled: Filled, path: string): boolean {
  try {
    sys.link(filled.path, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Gives an attribute a value, in one step for every reader. */
export function replace(sys: Sys, dir: Fd, name: string, bytes: Uint8Array): void {
  withTemporary(sys, dir, name, bytes, filled => sys.rename(filled.path, within(dir, name)))
}

/** A file with an attribute's next value, under a name that readers skip. */
export interface Filled {
  readonly name: string
  readonly path: string
}

/** Runs `use` with the next value in a file of its own; whatever is left of it is removed. */
export function withTemporary<T>(
  sys: Sys,
  dir: Fd,
  attribute: string,
  bytes: Uint8Array,
  use: (filled: Filled) => T,
): T {
  const name = temporary(attribute, sys.token())
  const path = within(dir, name)
  try {
    sys.writeFile(path, bytes, FILE_MODE)
    return use({ name, path })
  } finally {
    // After a rename there is nothing left to remove; the error that counts is the one on its way.
    tryUnlink(sys, path)
  }
}

function tryUnlink(sys: Sys, path: string): void {
  try {
    sys.unlink(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}
