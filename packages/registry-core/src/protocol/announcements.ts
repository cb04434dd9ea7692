import { parseConnecting, parseLeaving, TEXT_BYTES } from '../announcement-text.ts'
import type { AnnouncingSys } from '../announcing-sys.ts'
import { RegistryError } from '../errors.ts'
import { ALIVE, announcementName, announcementParts, itself, type Layout, WHAT } from '../layout.ts'
import { errnoOf, type ReapSys, unless } from '../sys.ts'
import type { Announced, Connecting } from '../types.ts'
import { emptyEntry, namesIn, removeEmpty, withDir } from './entry-dir.ts'

/** Texts by name. A name is never used again and its text never changes, so each is read once. */
export type KnownTexts = Map<string, Connecting | ReadonlyMap<string, string> | undefined>

/**
 * Returns the announcements of processes that live; see {@link Announced}.
 *
 * To be asked before the owners and the paths that it is about: a process withdraws its announcement after the registry or
 * sysfs shows what it has done, so who looks in this order sees one of the two.
 *
 * @param except these names are left out: the caller's own
 * @throws `damaged`, or an errno: the announcements cannot be read
 */
export function announced(
  sys: AnnouncingSys,
  layout: Layout,
  known: KnownTexts,
  except: readonly string[] = [],
): Announced {
  const connecting: (Connecting | undefined)[] = []
  const leaving: (ReadonlyMap<string, string> | undefined)[] = []
  for (const name of announcementNames(sys, layout)) {
    const stage = announcementParts(name)?.stage
    if ((stage !== 'connecting' && stage !== 'leaving') || except.includes(name)) continue
    if (!sys.holds(`${layout.announcement(name)}/${ALIVE}`)) continue
    if (!known.has(name)) {
      const bytes = textOf(sys, `${layout.announcement(name)}/${WHAT}`)
      if (bytes === 'withdrawn') continue
      known.set(name, stage === 'connecting' ? parseConnecting(bytes) : parseLeaving(bytes))
    }
    if (stage === 'connecting') connecting.push(known.get(name) as Connecting | undefined)
    else leaving.push(known.get(name) as ReadonlyMap<string, string> | undefined)
  }
  return { connecting, leaving }
}

/** An unreadable text is an empty one, which is not understood. */
function textOf(sys: ReapSys, path: string): Uint8Array | 'withdrawn' {
  try {
    const file = sys.readFile(path, TEXT_BYTES + 1)
    return file.kind === 'file' ? file.bytes : new Uint8Array(0)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    // A complete announcement has a text: without one it is being removed. Nor is a file in its place an announcement.
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? 'withdrawn' : new Uint8Array(0)
  }
}

/** Returns the left-overs of ended, unfinished and removed announcements. */
export const endedNames = (sys: AnnouncingSys, layout: Layout): string[] =>
  announcementNames(sys, layout).filter(name => {
    const stage = announcementParts(name)?.stage
    return stage === 'gone' || (stage !== undefined && !sys.holds(`${layout.announcement(name)}/${ALIVE}`))
  })

/**
 * Removes what {@link endedNames} gives, by a rename first: of several that remove, and of a process that completes its
 * announcement meanwhile, one succeeds.
 *
 * @returns the names that this call removed
 * @throws the first errno that is not expected, when all is removed that can be
 */
export function clearEnded(sys: AnnouncingSys, layout: Layout): string[] {
  const failures: unknown[] = []
  const removed = endedNames(sys, layout).filter(name => {
    const token = announcementParts(name)?.token as string
    const gone = announcementName('gone', token)
    try {
      if (name !== gone && !renamed(sys, layout.announcement(name), layout.announcement(gone))) return false
      return emptyGone(sys, layout, token)
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
      failures.push(error)
      return false
    }
  })
  if (failures.length > 0) throw failures[0]
  removeEmpty(sys, layout.announced)
  return removed
}

/** false: another process was faster, or it is not a directory, and no announcement. */
function renamed(sys: AnnouncingSys, from: string, to: string): boolean {
  const dir = unless(['ENOENT', 'ENOTDIR', 'ELOOP'], () => sys.openDir(from))
  if (dir === undefined) return false
  return withDir(sys, dir, () => unless(['ENOENT', 'ENOTEMPTY'], () => (sys.rename(from, to), true)) ?? false)
}

/**
 * Removes a directory that is called `gone`: it is nothing any more, so any process may do so at any time.
 * @returns false: another process did, or there is a directory in it, which none of ours makes and which stays
 */
export function emptyGone(sys: ReapSys, layout: Layout, token: string): boolean {
  const path = layout.announcement(announcementName('gone', token))
  const dir = unless(['ENOENT', 'ENOTDIR', 'ELOOP'], () => sys.openDir(path))
  if (dir === undefined) return false
  try {
    withDir(sys, dir, () => emptyEntry(sys, dir, path))
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'damaged') return false
    throw error
  }
  return removeEmpty(sys, path)
}

/** Every name among the announcements; none if there is no such directory. @throws `damaged` */
export function announcementNames(sys: ReapSys, layout: Layout): string[] {
  try {
    return withDir(sys, sys.openDir(layout.announced), dir => namesIn(sys, itself(dir)))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return []
    if (errno !== 'ENOTDIR' && errno !== 'ELOOP') throw error
    const place = sys.stat(layout.registry).kind === 'dir' ? layout.announced : layout.registry
    throw new RegistryError('damaged', `${place} is not a directory`, { cause: error })
  }
}
