import { RegistryError } from '../errors.ts'
import { type Layout, OWNER } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { type Fd, type Sys, unless } from '../sys.ts'
import type { Claimed } from '../types.ts'
import { formatValue } from '../values.ts'
import { ATTEMPTS } from './attempts.ts'
import { belongsToAnother, type Owner, readOwner } from './attribute.ts'
import { openEntry, stands, withDir } from './entry-dir.ts'
import { identify, openLive, withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { changeOwner } from './owner-change.ts'
import { reap } from './reap.ts'
import { removeEmptyTrash } from './trash.ts'

/** Makes `owner` the owner of a live controller; see {@link Registry.claim}. */
export function claim(
  sys: Sys,
  layout: Layout,
  device: string,
  owner: string,
  steal: boolean,
  meant?: string,
): Claimed {
  checkDevice(device)
  return withPinned(sys, layout, device, incarnation => {
    mustBe(device, incarnation, meant)
    const claimed = claimPinned(sys, layout, device, owner, incarnation, steal ? 'steal' : 'ask')
    if (claimed === undefined) throw new RegistryError('no-controller', `${device} went away`, { device })
    if (claimed.outcome !== 'refused') return claimed
    throw new RegistryError('owned', `${device} is owned by '${claimed.owner}'`, { device, owner: claimed.owner })
  })
}

type Refused = { readonly outcome: 'refused'; readonly owner: string }

/** The same for a caller that holds the number; undefined: the controller went away and nothing of the claim was left. */
export function claimPinned(
  sys: Sys,
  layout: Layout,
  device: string,
  owner: string,
  incarnation: string,
  manner: 'ask' | 'steal',
): Claimed | Refused | undefined {
  const bytes = formatValue('owner', owner)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = openLive(sys, layout, device, incarnation, [[OWNER, bytes]])
    if (entry === 'gone') return undefined
    if (entry === 'made') return { outcome: 'claimed' }
    const claimed = withDir(sys, entry.dir, dir => {
      // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
      const done = unless(['ENOENT'], () => claimIn(sys, device, dir, { owner, bytes, manner, incarnation, entry }))
      if (done === undefined || done.outcome === 'refused') return done
      return isRecorded(sys, layout, device, dir) ? done : undefined
    })
    if (claimed !== undefined) {
      if (liveIncarnation(sys, layout, device) === incarnation) return claimed
      // It died meanwhile. Its removal may have been handled before we wrote, so it falls to us.
      reap(sys, layout, device)
      return undefined
    }
    // libnvme may have moved the directory away while a file of ours was in it.
    removeEmptyTrash(sys, layout)
    if (liveIncarnation(sys, layout, device) !== incarnation) return undefined
  }
  throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
}

interface Claiming {
  readonly owner: string
  readonly bytes: Uint8Array
  readonly manner: 'ask' | 'steal'
  readonly incarnation: string
  readonly entry: { readonly identified: boolean }
}

/** undefined: another process was faster, look again. A refusal has written nothing. */
function claimIn(sys: Sys, device: string, dir: Fd, claiming: Claiming): Claimed | Refused | undefined {
  const { owner, bytes, manner, incarnation, entry } = claiming
  const keep = (present: Owner): Claimed | Refused | undefined => {
    if (present.state === 'set' && present.value === owner) return { outcome: 'already-ours' }
    return manner === 'ask' ? refusal(device, present) : undefined
  }
  if (!entry.identified) {
    const kept = keep(readOwner(sys, dir))
    if (kept?.outcome === 'refused') return kept
    if (!identify(sys, dir, incarnation)) return undefined
  }
  const changed = changeOwner(sys, dir, bytes, keep)
  if (changed === 'lost') return undefined
  if ('kept' in changed) return changed.kept
  const { from } = changed
  if (from.state === 'released' || from.state === 'absent') return { outcome: 'claimed' }
  return { outcome: 'stolen', ...(from.state === 'set' ? { from: from.value } : {}) }
}

/** Undefined: it is unowned. */
function refusal(device: string, present: Owner): Refused | undefined {
  if (present.state === 'set') return { outcome: 'refused', owner: present.value }
  if (present.state !== 'damaged') return undefined
  throw new RegistryError('unknown-owner', `${device}'s owner cannot be read: it is ${present.reason}`, { device })
}

/** Is the change in the directory that is the entry now? libnvme moves entries away and empties them. */
const isRecorded = (sys: Sys, layout: Layout, device: string, dir: Fd): boolean =>
  readOwner(sys, dir).state !== 'absent' && stands(sys, layout, device, dir)

/** Makes a live controller unowned; see {@link Registry.release}. */
export function release(
  sys: Sys,
  layout: Layout,
  device: string,
  expected: string | undefined,
  meant?: string,
): string | undefined {
  checkDevice(device)
  return withPinned(sys, layout, device, incarnation => {
    mustBe(device, incarnation, meant)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const dir = openEntry(sys, layout, device)
      if (dir === undefined) return undefined
      const released = withDir(sys, dir, () => {
        // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
        const done = unless(['ENOENT'], () => releaseIn(sys, device, dir, incarnation, expected))
        if (done?.owner === undefined || isRecorded(sys, layout, device, dir)) return done
        return undefined
      })
      if (released !== undefined) return released.owner
      removeEmptyTrash(sys, layout)
    }
    throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
  })
}

/** The number is held by now, so what it stands for cannot change under the caller's feet any more. */
function mustBe(device: string, incarnation: string, meant: string | undefined): void {
  if (meant === undefined || meant === incarnation) return
  throw new RegistryError('no-controller', `${device} went away: another controller has this name now`, { device })
}

/** `undefined`: the directory is being removed, look again. */
function releaseIn(
  sys: Sys,
  device: string,
  dir: Fd,
  incarnation: string,
  expected: string | undefined,
): { readonly owner?: string } | undefined {
  if (belongsToAnother(sys, device, dir, incarnation)) return {}
  const keep = (present: Owner): 'unowned' | undefined => {
    const refused = refusal(device, present)
    if (refused === undefined) return 'unowned'
    if (expected === undefined || expected === refused.owner) return undefined
    throw new RegistryError('owned', `${device} is owned by '${refused.owner}'`, { device, owner: refused.owner })
  }
  if (keep(readOwner(sys, dir)) !== undefined) return {}
  const changed = changeOwner(sys, dir, 'released', keep)
  if (changed === 'lost') return undefined
  return 'kept' in changed || changed.from.state !== 'set' ? {} : { owner: changed.from.value }
}
