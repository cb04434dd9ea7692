import { RegistryError } from '../errors.ts'
import type { SeenOwner } from '../types.ts'
import type { Owner } from './attribute.ts'

/** Throws unless the incarnation that has the name is the one that is meant. @throws `no-controller` */
export function mustBe(device: string, live: string | undefined, meant: string | undefined): void {
  if (meant === undefined || meant === live) return
  const now = live === undefined ? '' : ': another controller has this name now'
  throw new RegistryError('no-controller', `${device} went away${now}`, { device })
}

/**
 * Throws unless the owner that an entry has is the one that the caller has seen.
 * @throws `owned` by another; `changed`: unowned now; `unknown-owner`: not readable now
 */
export function mustHaveOwner(device: string, current: Owner, expected: SeenOwner | undefined): undefined {
  if (expected === undefined) return
  if (current.state === 'damaged') {
    if (typeof expected === 'object' && expected !== null) return
    throw new RegistryError('unknown-owner', `${device}'s owner cannot be read: it is ${current.reason}`, { device })
  }
  if ((current.state === 'set' ? current.value : null) === expected) return
  if (current.state === 'set')
    throw new RegistryError('owned', `${device} is owned by '${current.value}'`, { device, owner: current.value })
  const before = typeof expected === 'string' ? `'${expected}' does not own it` : 'its unreadable owner is gone'
  throw new RegistryError('changed', `${device} is unowned now: ${before}`, { device })
}
