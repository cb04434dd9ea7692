import { RegistryError } from '../errors.ts'
import { INCARNATION, type Layout } from '../layout.ts'
import { errnoOf, type Fd, type Sys } from '../sys.ts'
import { encodeUtf8 } from '../utf8.ts'
import { readIncarnation } from './attribute.ts'
import { holdsEntry, openEntry } from './entry-dir.ts'
import { liveIncarnation } from './liveness.ts'
import { confirm, place } from './place.ts'
import { discard, type NewFile, stage, unlessGone } from './staging.ts'
import { setOnce } from './temporary.ts'

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
  return unlessGone(sys, layout, device, incarnation, () => {
    const staged = stage(sys, layout, device, incarnation, files)
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
  })
}

/**
 * Gives a live controller's unidentified entry (libnvme's) its identity, *before* anything else is written into it: the first to
 * create `incarnation` has decided what the directory is, against a cleaner that condemns it (judge.ts).
 *
 * A cleaner that is done takes its mark away again, and somebody else may still be about to act upon it. So the order is:
 * first the file, then one look that finds an entry and no mark, then the link. Whoever condemns the directory after that
 * look lists the file, and removes it before the mark: then there is nothing left to link.
 *
 * @returns false if it was decided otherwise
 */
export function identify(sys: Sys, dir: Fd, incarnation: string): boolean {
  const bytes = encodeUtf8(`${incarnation}\n`)
  if (setOnce(sys, dir, INCARNATION, bytes, () => holdsEntry(sys, dir))) return true
  const decided = readIncarnation(sys, dir)
  return decided.state === 'set' && decided.value === incarnation
}
