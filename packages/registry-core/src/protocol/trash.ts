import { itself, type Layout, TRASH, within } from '../layout.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import { removeEmpty, withDir } from './entry-dir.ts'

/**
 * Removes the empty ones of libnvme's `.trash.XXXXXX`: there it moves an entry, to empty and remove it, and it leaves what a
 * process of ours has made in the directory meanwhile. Called by the process that did so.
 *
 * An empty one may be removed at any time, also before the entry is moved onto it: rename(2) needs nothing there (libnvme's
 * registry.c, `delete_dir_atomic`).
 *
 * Best effort: it is no part of what the caller was asked for.
 *
 * @returns their names
 */
export function removeEmptyTrash(sys: ReapSys, layout: Layout): string[] {
  try {
    return withDir(sys, sys.openDir(layout.registry), registry =>
      sys.readdir(itself(registry), TRASH).filter(name => removeEmpty(sys, within(registry, name))),
    )
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}
