import { RegistryError } from '../errors.ts'
import { INCARNATION, isOurTemporary, itself, type Layout, OWNER, within } from '../layout.ts'
import { errnoOf, type Fd, type ReapSys, unless } from '../sys.ts'

/**
 * An entry's directory is opened once and everything happens through that descriptor, because its *name* may mean another
 * directory a moment later. One rule makes that sound: a directory belongs to one incarnation of a controller for ever.
 */

/** @returns undefined if there is no such directory. @throws `damaged` for a file or a link in its place or the registry's */
export function openEntry(sys: ReapSys, layout: Layout, device: string): Fd | undefined {
  try {
    return sys.openDir(layout.entry(device))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') {
      // A link may lead anywhere, or nowhere: that there is no entry says nothing then.
      if (!isLink(sys, layout.registry)) return undefined
      throw new RegistryError('damaged', `${layout.registry} is not a directory`, { device, cause: error })
    }
    if (errno === 'ENOTDIR' || errno === 'ELOOP') {
      throw new RegistryError('damaged', `${layout.entry(device)} is not a directory`, { device, cause: error })
    }
    throw error
  }
}

/** Is this a symbolic link, wherever it leads? What is not there is none. */
export function isLink(sys: ReapSys, path: string): boolean {
  try {
    sys.readlink(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** Runs `use` with an open directory and closes it whatever happens. */
export function withDir<T>(sys: ReapSys, dir: Fd, use: (dir: Fd) => T): T {
  try {
    return use(dir)
  } finally {
    sys.close(dir)
  }
}

/** Names in an open directory; one that was removed meanwhile has none. */
export function namesIn(sys: ReapSys, path: string): string[] {
  return unless(['ENOENT'], () => sys.readdir(path)) ?? []
}

/**
 * Is there an entry in a directory that had no incarnation a moment ago? Where a dead one is being removed the incarnation
 * goes last, so without one it is empty, but for what claimers have begun to write that are about to notice. Then it is
 * nobody's: it may be replaced, but nothing may be put into it. Neither if it got an incarnation by now: that decides.
 */
export function holdsEntry(sys: ReapSys, dir: Fd): boolean {
  const names = namesIn(sys, itself(dir))
  return !names.includes(INCARNATION) && names.some(name => !isOurTemporary(name))
}

/**
 * Unlinks everything in an open directory: the owner first, and the incarnation, which says what the rest is, last, so that at
 * every moment what is left still reads as a dead controller's entry.
 *
 * @returns what was there, and which of it this very call unlinked: several may be at it
 * @throws `damaged` if something in it cannot be unlinked: a directory, or a name that is not UTF-8
 */
export function emptyEntry(sys: ReapSys, dir: Fd, where: string): Emptied {
  const listed = namesIn(sys, itself(dir)).sort((a, b) => rank(a) - rank(b))
  const unlinked: string[] = []
  for (const name of listed) {
    try {
      sys.unlink(within(dir, name))
      unlinked.push(name)
    } catch (error) {
      const errno = errnoOf(error)
      const directory = errno === 'EISDIR' || errno === 'EPERM' || errno === 'ENOTEMPTY'
      // Usually somebody else was faster, and may even have made it anew: a cleaner's mark. But a name that is not plain, and
      // is still listed, is one that does not survive being decoded.
      const unspeakable = errno === 'ENOENT' && !PLAIN.test(name) && namesIn(sys, itself(dir)).includes(name)
      if (!directory && !unspeakable && errno !== 'ENOENT') throw error
      if (directory || unspeakable) {
        const what = directory ? 'is a directory' : 'has a name that is not UTF-8'
        throw new RegistryError('damaged', `${where}/${name} ${what}`, { cause: error })
      }
    }
  }
  return { listed, unlinked }
}

export interface Emptied {
  readonly listed: readonly string[]
  readonly unlinked: readonly string[]
}

/** A name that is the same in every encoding. */
export const PLAIN = /^[ -~]+$/

const rank = (name: string): number => (name === OWNER ? 0 : name === INCARNATION ? 2 : 1)

/**
 * Removes the directory of this name if it is empty. By name, and safe all the same: if the name has gone to somebody
 * else's entry that one is not empty and stays.
 *
 * @returns whether it was removed by this call
 */
export function removeEmpty(sys: ReapSys, path: string): boolean {
  try {
    sys.rmdir(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}

/** Is this directory still the device's entry? libnvme replaces entries by moving the old one away. */
export function stands(sys: ReapSys, layout: Layout, device: string, dir: Fd): boolean {
  return unless(['ENOENT', 'ENOTDIR'], () => sys.stat(layout.entry(device)).ino) === sys.stat(itself(dir)).ino
}
