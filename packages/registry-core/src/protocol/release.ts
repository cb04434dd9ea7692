import { RegistryError } from '../errors.ts'
import { type Layout, RELEASED } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { type Fd, type Sys, unless } from '../sys.ts'
import { ATTEMPTS } from './attempts.ts'
import { belongsToAnother, type Owner, readIncarnation, readOwner, valueOf } from './attribute.ts'
import { refusal } from './claim.ts'
import { openEntry, withDir } from './entry-dir.ts'
import { mustBe } from './expected.ts'
import { withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { changeOwner } from './owner-change.ts'
import { reap } from './reap.ts'
import { isRecorded } from './recorded.ts'
import { removeEmptyTrash } from './trash.ts'

/** Makes a live controller unowned; see {@link Registry.release}. */
export function release(
  sys: Sys,
  layout: Layout,
  device: string,
  expected: string | null | undefined,
  meant?: string,
): string | undefined {
  checkDevice(device)
  return withPinned(sys, layout, device, incarnation => {
    mustBe(device, incarnation, meant)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const released = releaseOnce(sys, layout, device, incarnation, expected)
      if (released?.owner !== undefined) return released.owner
      if (released === undefined) removeEmptyTrash(sys, layout)
      // Asked last: where a controller has gone, its entry has too, and that says nothing of who owned it.
      if (liveIncarnation(sys, layout, device) !== incarnation) {
        if (released === undefined) reap(sys, layout, device)
        throw new RegistryError('no-controller', `${device} went away`, { device })
      }
      if (released !== undefined) return undefined
    }
    throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
  })
}

/** No `owner`: there is none. `undefined`: the directory is being removed, look again. */
function releaseOnce(
  sys: Sys,
  layout: Layout,
  device: string,
  incarnation: string,
  expected: string | null | undefined,
): { readonly owner?: string } | undefined {
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return {}
  return withDir(sys, dir, () => {
    // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
    const identity = valueOf(readIncarnation(sys, dir))
    const done = unless(['ENOENT'], () => releaseIn(sys, device, dir, incarnation, expected))
    if (done?.owner === undefined || isRecorded(sys, layout, device, dir, identity)) return done
    return undefined
  })
}

/** The same, through the directory. */
function releaseIn(
  sys: Sys,
  device: string,
  dir: Fd,
  incarnation: string,
  expected: string | null | undefined,
): { readonly owner?: string } | undefined {
  if (belongsToAnother(sys, device, dir, incarnation)) return {}
  const keep = (present: Owner): 'unowned' | undefined => {
    const refused = refusal(device, present)
    if (refused === undefined) return 'unowned'
    if (expected === undefined || expected === refused.owner) return undefined
    throw new RegistryError('owned', `${device} is owned by '${refused.owner}'`, { device, owner: refused.owner })
  }
  if (keep(readOwner(sys, dir)) !== undefined) return {}
  const changed = changeOwner(sys, dir, RELEASED, keep)
  if (changed === 'lost') return undefined
  return 'kept' in changed || changed.from.state !== 'set' ? {} : { owner: changed.from.value }
}
