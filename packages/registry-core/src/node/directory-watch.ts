import { type FSWatcher, watch } from 'node:fs'
import { RegistryError } from '../errors.ts'
import { errnoOf } from '../sys.ts'
import { type Confine, confineBelow } from './confinement.ts'

/** Told of one inotify event: the name in the directory, the directory's own name, or null if Node does not know. */
export type Heard = (name: string | null) => void

/**
 * inotify(7) watches on directories by path, through node:fs.watch, which is inotify on Linux: one instance in the whole
 * process, one watch per directory.
 */
export class DirectoryWatches {
  readonly #open = new Map<string, FSWatcher>()
  readonly #at: Confine
  readonly #failed: () => void

  /**
   * @param root no link is followed out of it
   * @param failed a watch has ended by itself: what it was to tell of is unknown from here on
   */
  constructor(root: string, failed: () => void) {
    this.#at = confineBelow(root)
    this.#failed = failed
  }

  /**
   * Watches the directory that has this path *now*, in place of the one that had it before. Whoever also watches its
   * parent, from before, hears when the path becomes another directory's.
   *
   * @returns false if there is no such directory; no watch has the path any more then
   * @throws `io`: no watches left (ENOSPC, EMFILE), or not allowed to (EACCES)
   */
  open(path: string, heard: Heard): boolean {
    this.close(path)
    try {
      const watcher = watch(this.#at(path), (_event, name) => heard(name))
      watcher.on('error', () => this.#failed())
      this.#open.set(path, watcher)
      return true
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return false
      throw new RegistryError('io', `${path} cannot be watched: ${(error as Error).message}`, { cause: error })
    }
  }

  close(path: string): void {
    this.#open.get(path)?.close()
    this.#open.delete(path)
  }

  closeAll(): void {
    for (const path of this.#open.keys()) this.close(path)
  }
}
