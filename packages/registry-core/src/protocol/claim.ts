import { RegistryError } from '../errors.ts'
import { type Layout, OWNER, within } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import type { Claimed, SeenOwner } from '../types.ts'
import { formatValue } from '../values.ts'
import { type Attribute, belongsToAnother, readAttribute, valueOf } from './attribute.ts'
import { openEntry, stands, withDir } from './entry-dir.ts'
import { mustBe, mustHaveOwner } from './expected.ts'
import { openExpected } from './expected-entry.ts'
import { type Filled, identify, setOnce, withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { aloneChanging } from './owner-change.ts'
import { ATTEMPTS } from './place.ts'
import { reap } from './reap.ts'

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
      const current = readAttribute(sys, dir, OWNER)
      const refused = manner === 'ask' ? refusal(device, owner, current) : undefined
      if (refused !== undefined) return refused
      if (valueOf(current) !== owner) mustHaveOwner(device, current, from)
      const done = unless(['ENOENT'], () => {
        if (!entry.identified && !identify(sys, dir, incarnation)) return undefined
        return claimIn(sys, device, dir, owner, bytes, current, from)
      })
      // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
      return done === undefined || stands(sys, layout, device, dir) ? done : undefined
    })
    if (claimed !== undefined) {
      if (liveIncarnation(sys, layout, device) === incarnation) return claimed
      // It died meanwhile. Its removal may have been handled before we wrote, so it falls to us.
      reap(sys, layout, device)
      return undefined
    }
    if (liveIncarnation(sys, layout, device) !== incarnation) return undefined
  }
  throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
}

/** Somebody else owns it: then nothing is written at all. */
function refusal(device: string, owner: string, current: Attribute): Refused | undefined {
  if (current.state === 'absent') return undefined
  if (current.state === 'set') return current.value === owner ? undefined : { outcome: 'refused', owner: current.value }
  throw new RegistryError('unknown-owner', `${device}'s owner cannot be read: it is ${current.reason}`, { device })
}

/** undefined: somebody was faster, look again. */
function claimIn(
  sys: Sys,
  device: string,
  dir: Fd,
  owner: string,
  bytes: Uint8Array,
  current: Attribute,
  expected: SeenOwner | undefined,
): Claimed | undefined {
  if (current.state === 'absent') return setOnce(sys, dir, OWNER, bytes) ? { outcome: 'claimed' } : undefined
  if (current.state === 'set' && current.value === owner) return { outcome: 'already-ours' }
  return aloneChanging(sys, device, dir, bytes, filled => takeOver(sys, device, dir, owner, filled, expected))
}

/** undefined: it was released meanwhile, so there is nobody to steal from. */
function takeOver(
  sys: Sys,
  device: string,
  dir: Fd,
  owner: string,
  filled: Filled,
  expected: SeenOwner | undefined,
): Claimed | undefined {
  const from = readAttribute(sys, dir, OWNER)
  if (from.state === 'absent') return undefined
  if (from.state === 'set' && from.value === owner) return { outcome: 'already-ours' }
  mustHaveOwner(device, from, expected)
  sys.rename(filled.path, within(dir, OWNER))
  return { outcome: 'stolen', ...(from.state === 'set' ? { from: from.value } : {}) }
}

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
      const dir = openEntry(sys, layout, device)
      if (dir === undefined) return undefined
      const released = withDir(sys, dir, () => releaseIn(sys, device, dir, incarnation, expected))
      if (released !== undefined) return released.owner
    }
    throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
  })
}

/** undefined: somebody else is changing the owner, look again. */
function releaseIn(
  sys: Sys,
  device: string,
  dir: Fd,
  incarnation: string,
  expected: string | null | undefined,
): { readonly owner?: string } | undefined {
  if (belongsToAnother(sys, device, dir, incarnation)) return {}
  const current = readAttribute(sys, dir, OWNER)
  if (current.state === 'absent') return {}
  if (current.state === 'damaged') {
    throw new RegistryError('unknown-owner', `${device}'s owner cannot be read: it is ${current.reason}`, { device })
  }
  if (expected !== undefined && current.value !== expected) {
    throw new RegistryError('owned', `${device} is owned by '${current.value}'`, { device, owner: current.value })
  }
  try {
    return aloneChanging(sys, device, dir, formatValue('owner', current.value), () => {
      const now = readAttribute(sys, dir, OWNER)
      if (now.state !== 'set' || now.value !== current.value) return undefined
      sys.unlink(within(dir, OWNER))
      return { owner: current.value }
    })
  } catch (error) {
    // The directory was removed under us: it was not the live controller's entry any more.
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
