import type { AnnouncingSys } from '../announcing-sys.ts'
import { RegistryError } from '../errors.ts'
import {
  ALIVE,
  type AnnouncementKind,
  announcementName,
  DIR_MODE,
  FILE_MODE,
  type Layout,
  WHAT,
  within,
} from '../layout.ts'
import { errnoOf, type Fd, unless } from '../sys.ts'
import { clearEnded, emptyGone } from './announcements.ts'
import { ATTEMPTS } from './attempts.ts'
import { removeEmpty } from './entry-dir.ts'
import { makeRegistry } from './staging.ts'

/** An announcement that this process has made; `dir` and `alive` are open until {@link withdraw}. */
export interface OwnAnnouncement {
  readonly name: string
  readonly token: string
  readonly dir: Fd
  readonly alive: Fd
}

/**
 * Puts on record what this process is about to do, for as long as it lives or until it withdraws it.
 *
 * The announcement gets its name when it is complete: the socket listens and the text is there. So a socket behind such a
 * name that does not listen has ended, and will not listen again. What has no such name yet may be removed by others at any
 * time; then the rename finds nothing, and it is made once more. The directory of all announcements is there while there are
 * any: who has announced something itself and lists it then, lists the one that others announce in.
 *
 * @throws `damaged`: something else has the place of the registry or of its announcements; `busy`
 */
export function announce(
  sys: AnnouncingSys,
  layout: Layout,
  kind: AnnouncementKind,
  text: Uint8Array,
): OwnAnnouncement {
  bestEffort(() => clearEnded(sys, layout))
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    makeRegistry(sys, layout)
    // ENOENT: another process has removed it, empty as it was, before it had its mode.
    unless(['EEXIST', 'ENOENT'], () => sys.mkdir(layout.announced, DIR_MODE))
    const token = sys.token()
    const made = make(sys, layout, kind, token, text)
    if (made !== undefined) return made
  }
  throw new RegistryError('busy', `${layout.announced}: what is announced kept being removed by others`)
}

/** undefined: another process has removed it before it was complete. */
function make(
  sys: AnnouncingSys,
  layout: Layout,
  kind: AnnouncementKind,
  token: string,
  text: Uint8Array,
): OwnAnnouncement | undefined {
  const path = layout.announcement(announcementName('new', token))
  const name = announcementName(kind, token)
  let dir: Fd | undefined
  let alive: Fd | undefined
  // Without anything in it, the place itself is removed.
  if (!unless(['ENOENT'], () => (sys.mkdir(path, DIR_MODE), true))) return undefined
  try {
    dir = sys.openDir(path)
    alive = sys.listen(within(dir, ALIVE))
    sys.writeFile(within(dir, WHAT), text, FILE_MODE)
    sys.rename(path, layout.announcement(name))
    return { name, token, dir, alive }
  } catch (error) {
    // Asked before it is taken down: a listen fails with EIO, also where its directory is gone.
    const removed = errnoOf(error) !== undefined && isGone(sys, path)
    takeDown(sys, layout, { token, dir, alive }, path)
    if (!removed) throw error
    return undefined
  }
}

const isGone = (sys: AnnouncingSys, path: string): boolean => unless(['ENOENT'], () => sys.stat(path)) === undefined

/**
 * Takes an announcement back: in one step for every reader, and then removes what is left of it. Never fails for what the
 * system refuses: once the socket is closed the announcement has ended, and others remove it.
 */
export function withdraw(sys: AnnouncingSys, layout: Layout, own: OwnAnnouncement): void {
  takeDown(sys, layout, own, layout.announcement(own.name))
}

function takeDown(
  sys: AnnouncingSys,
  layout: Layout,
  { token, dir, alive }: { token: string; dir: Fd | undefined; alive: Fd | undefined },
  path: string,
): void {
  bestEffort(() => sys.rename(path, layout.announcement(announcementName('gone', token))))
  // Before the directory: Node unlinks the socket's name when it closes it, through the directory's descriptor.
  if (alive !== undefined) bestEffort(() => sys.close(alive))
  if (dir !== undefined) bestEffort(() => sys.close(dir))
  bestEffort(() => emptyGone(sys, layout, token))
  bestEffort(() => removeEmpty(sys, layout.announced))
}

function bestEffort(step: () => unknown): void {
  try {
    step()
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof RegistryError)) throw error
  }
}
