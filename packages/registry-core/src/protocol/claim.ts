import { RegistryError } from '../errors.ts'
import { type Layout, OWNER } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { type Fd, type Sys, unless } from '../sys.ts'
import type { Claimed, SeenOwner } from '../types.ts'
import { formatValue } from '../values.ts'
import { ATTEMPTS } from './attempts.ts'
import { type Owner, readOwner } from './attribute.ts'
import { withDir } from './entry-dir.ts'
import { mustBe, mustHaveOwner } from './expected.ts'
import { openExpected } from './expected-entry.ts'
import { identify, withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { changeOwner } from './owner-change.ts'
import { reap } from './reap.ts'
import { isRecorded } from './recorded.ts'
import { removeEmptyTrash } from './trash.ts'

/** Makes `owner` the owner of a live controller; see {@link Registry.claim}. */
export function claim(
  sys: Sys,
  layout: Layout,
  device: string,
  owner: string,
  steal: boolean,
  meant?: string,
  from?: SeenOwner,
): Claimed {
  checkDevice(device)
  return withPinned(sys, layout, device, incarnation => {
    mustBe(device, incarnation, meant)
    const claimed = claimPinned(sys, layout, device, owner, incarnation, steal ? 'steal' : 'ask', from)
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
  from?: SeenOwner,
): Claimed | Refused | undefined {
  const bytes = formatValue('owner', owner)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const entry = openExpected(sys, layout, device, incarnation, [[OWNER, bytes]], from)
    if (entry === 'gone') return undefined
    if (entry === 'made') return { outcome: 'claimed' }
    const claimed = withDir(sys, entry.dir, dir => {
      // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
      const done = unless(['ENOENT'], () =>
        claimIn(sys, device, dir, { owner, bytes, manner, incarnation, entry, from }),
      )
      if (done === undefined || done.outcome === 'refused') return done
      return isRecorded(sys, layout, device, dir, incarnation) ? done : undefined
    })
    // libnvme may have moved the directory away while a file of ours was in it.
    if (claimed === undefined) removeEmptyTrash(sys, layout)
    if (liveIncarnation(sys, layout, device) === incarnation) {
      if (claimed !== undefined) return claimed
      continue
    }
    // Its removal may have been handled before we wrote, so what is left of it falls to us, as long as we hold the number.
    reap(sys, layout, device)
    return undefined
  }
  throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
}

interface Claiming {
  readonly owner: string
  readonly bytes: Uint8Array
  readonly manner: 'ask' | 'steal'
  readonly incarnation: string
  readonly entry: { readonly identified: boolean }
  /** The owner that the caller has seen. */
  readonly from: SeenOwner | undefined
}

/** undefined: another process was faster, look again. A refusal has written nothing. */
function claimIn(sys: Sys, device: string, dir: Fd, claiming: Claiming): Claimed | Refused | undefined {
  const { owner, bytes, manner, incarnation, entry, from: seen } = claiming
  const keep = (present: Owner): Claimed | Refused | undefined => {
    if (present.state === 'set' && present.value === owner) return { outcome: 'already-ours' }
    const refused = manner === 'ask' ? refusal(device, present) : undefined
    if (refused === undefined) mustHaveOwner(device, present, seen)
    return refused
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
  if (from.state === 'set') return { outcome: 'stolen', from: from.value }
  return { outcome: from.state === 'damaged' ? 'stolen' : 'claimed' }
}

/** Undefined: it is unowned. @throws `unknown-owner` */
export function refusal(device: string, present: Owner): Refused | undefined {
  if (present.state === 'set') return { outcome: 'refused', owner: present.value }
  if (present.state !== 'damaged') return undefined
  throw new RegistryError('unknown-owner', `${device}'s owner cannot be read: it is ${present.reason}`, { device })
}
