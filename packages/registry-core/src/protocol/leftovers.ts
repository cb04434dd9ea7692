import { RegistryError } from '../errors.ts'
import { itself, type Layout, stagingOf, temporaryToken, within } from '../layout.ts'
import { isDevice } from '../names.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import { writerIsGone } from '../writer-token.ts'
import { emptyEntry, namesIn, openEntry, removeEmpty, withDir } from './entry-dir.ts'
import { liveIncarnation } from './liveness.ts'

/**
 * Left-overs of writers that were killed between two system calls. One is removed only on proof that no writer will go on with
 * it: its controller is gone, whose incarnation a staging directory has in its name; or its writer has certainly ended
 * ({@link writerToken}). Age proves nothing: a process may be stopped for hours.
 *
 * libnvme's `.nvmeN.tmp.XXXXXX` have neither and stay. They are hidden from every reader, hold a few hundred bytes, and /run is
 * new at every boot.
 */

/** Removes a staging directory that no writer will use; true if this call did. Any other name: nothing. */
export function clearStaging(sys: ReapSys, layout: Layout, name: string): boolean {
  const staging = stagingOf(name)
  if (staging === undefined || !isUseless(sys, layout, staging)) return false
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

/**
 * A writer that lives and comes to place an entry of a dead incarnation finds it empty, looks at its controller as after every
 * placing, and takes it back: it holds the number until then, so that no other controller's entry is there.
 */
function isUseless(
  sys: ReapSys,
  layout: Layout,
  { device, incarnation, token }: { device: string; incarnation: string; token: string },
): boolean {
  return writerIsGone(sys, token) || (isDevice(device) && isDead(sys, layout, device, incarnation))
}

function isDead(sys: ReapSys, layout: Layout, device: string, incarnation: string): boolean {
  try {
    return liveIncarnation(sys, layout, device) !== incarnation
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'no-sysfs') return false
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
