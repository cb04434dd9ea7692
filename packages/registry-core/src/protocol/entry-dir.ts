import { RegistryError } from '../errors.ts'
import { INCARNATION, itself, type Layout, OWNER, within } from '../layout.ts'
import { errnoOf, type Fd, type ReapSys, unless } from '../sys.ts'

/**
 * An entry's directory is opened once and everything happens through that descriptor, because its *name* may mean another
 * directory a moment later. One rule makes that sound: a directory belongs to one incarnation of a controller for ever.
 */

/** @returns undefined if there is no such directory. @throws `damaged` for a file or a link in its place */
export function openEntry(sys: ReapSys, layout: Layout, device: string): Fd | undefined {
  try {
    return sys.openDir(layout.entry(device))
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return undefined
    if (errno === 'ENOTDIR' || errno === 'ELOOP') {
      throw new RegistryError('damaged', `${layout.entry(device)} is not a directory`, { device, cause: error })
    }
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
 * Unlinks everything in an open directory. The owner goes first and the incarnation last, so that at every moment the
 * rest still reads as what it is: a dead controller's entry.
 *
 * @returns whether anything was there
 * @throws `damaged` if something in it cannot be unlinked because it is a directory
 */
export function emptyEntry(sys: ReapSys, dir: Fd, where: string): boolean {
  let removed = false
  for (const name of namesIn(sys, itself(dir)).sort((a, b) => rank(a) - rank(b))) {
    try {
      sys.unlink(within(dir, name))
      removed = true
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT') continue
      if (errno === 'EISDIR' || errno === 'EPERM' || errno === 'ENOTEMPTY') {
        throw new RegistryError('damaged', `${where}/${name} is a directory`, { cause: error })
      }
      throw error
    }
  }
  return removed
}

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
