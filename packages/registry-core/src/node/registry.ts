import { confinedSys } from '../confined-sys.ts'
import { type Layout, layoutBelow } from '../layout.ts'
import { Registry as Core } from '../registry.ts'
import type { Sys } from '../sys.ts'
import type { OwnershipChange } from '../types.ts'
import { nodeLook } from './confinement.ts'
import { OwnershipChanges } from './ownership-changes.ts'
import { nodeSys } from './sys.ts'

/** {@link Core} on Node's own system calls. */
export class Registry extends Core {
  readonly #sys: Sys
  readonly #layout: Layout

  /** @param options.root where the host's file system begins: `/`, or a virtual host's directory, out of which no link is followed */
  constructor(options: { root?: string } = {}) {
    const root = options.root ?? '/'
    const sys = confinedSys(nodeSys(), root, nodeLook)
    super(sys, root)
    this.#sys = sys
    this.#layout = layoutBelow(root)
  }

  /**
   * Tells who owns which controller now, one event for every entry (without `previous`), and then every change.
   *
   * It waits for the registry through inotify and never polls. Each event has been read with {@link Core.ownerOf}; changes
   * that follow each other faster than they are asked for arrive as one, with the state of now. A registry that is not
   * there yet, or is removed and made again, is waited for. A controller that goes away changes nothing in the registry:
   * that is told when its entry is removed.
   *
   * Limit: inotify drops events when more than fs.inotify.max_queued_events of *all* of a process's watches wait. A burst of
   * this watch's own is noticed and everything read again; one of other directories' that the process watches is not.
   *
   * @param options.signal ends the iteration, as leaving the loop does: no watch stays open
   * @throws `io` (no inotify watch to be had, or no such root), `damaged` (the registry is not a directory), from next()
   */
  watch(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<OwnershipChange, undefined> {
    return new OwnershipChanges(this.#sys, this.#layout, options.signal)
  }
}
