import { RegistryError } from '../errors.ts'
import { itself, type Layout, stagingToken, temporaryToken, within } from '../layout.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import { writerIsGone } from '../writer-token.ts'
import { emptyEntry, namesIn, openEntry, removeEmpty, withDir } from './entry-dir.ts'

/**
 * What a writer leaves that is killed between two system calls. All of it has the writer's name in its own
 * ({@link writerToken}), and only that it has certainly ended makes it nobody's: age alone would prove nothing.
 *
 * That is why libnvme's `.nvmeN.tmp.XXXXXX` and `.trash.XXXXXX` stay: six random characters name nobody. Its writer may be
 * stopped in a debugger and go on tomorrow, and then it would rename a half emptied directory into place. They are hidden
 * from every reader, hold a few hundred bytes, and /run is new at every boot.
 */

/** Removes a staging directory whose writer is gone; true if this call did. Any other name: nothing. */
export function clearStaging(sys: ReapSys, layout: Layout, name: string): boolean {
  const token = stagingToken(name)
  if (token === undefined || !writerIsGone(sys, token)) return false
  const path = `${layout.registry}/${name}`
  try {
    withDir(sys, sys.openDir(path), dir => emptyEntry(sys, dir, path))
    return removeEmpty(sys, path)
  } catch (error) {
    // Cleared by another sweep meanwhile, or not a thing that a writer of ours makes.
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || (error instanceof RegistryError && error.code === 'damaged'))
      return false
    throw error
  }
}

/** Removes the unfinished attributes of writers that are gone from a device's entry; gives their names, `nvme3/note.tmp.…`. */
export function clearTemporaries(sys: ReapSys, layout: Layout, device: string): string[] {
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return []
  return withDir(sys, dir, () =>
    namesIn(sys, itself(dir))
      .filter(name => {
        const token = temporaryToken(name)
        return token !== undefined && writerIsGone(sys, token) && unlinkFile(sys, within(dir, name))
      })
      .map(name => `${device}/${name}`),
  )
}

/** false: another sweep was faster, or it is a directory, which no writer makes. */
function unlinkFile(sys: ReapSys, path: string): boolean {
  try {
    sys.unlink(path)
    return true
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'EPERM'].includes(errnoOf(error) ?? '')) return false
    throw error
  }
}
