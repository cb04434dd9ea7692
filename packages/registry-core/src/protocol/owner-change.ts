import { RegistryError } from '../errors.ts'
import { itself, OWNER, ownerToken } from '../layout.ts'
import type { Fd, Sys } from '../sys.ts'
import { writerIsGone } from '../writer-token.ts'
import { namesIn } from './entry-dir.ts'
import { type Filled, withTemporary } from './live-entry.ts'

/**
 * Runs `change` while no other process of ours takes an owner away from a live controller. Making somebody the owner where
 * nobody is needs none of this: link(2) is a compare-and-set. Replacing or removing an owner is two calls - look, then act -
 * and two of them at once would each believe that they had it from the same predecessor.
 *
 * There is no lock file that a killed process could leave behind. Everybody first puts down a file of his own, named after
 * himself, and then looks for others': of two, the later one sees the earlier one's and steps back. A file whose writer is
 * certainly gone does not count. For a steal that file is at once the next value.
 *
 * Two that meet may both step back: nobody waits here, and whoever wants to tries again.
 *
 * @throws `busy` if somebody else is at it; nothing was changed
 */
export function aloneChanging<T>(
  sys: Sys,
  device: string,
  dir: Fd,
  bytes: Uint8Array,
  change: (filled: Filled) => T,
): T {
  return withTemporary(sys, dir, OWNER, bytes, filled => {
    if (!othersAreAtIt(sys, dir, filled.name)) return change(filled)
    throw new RegistryError('busy', `somebody else is changing ${device}'s owner right now`, { device })
  })
}

function othersAreAtIt(sys: Sys, dir: Fd, own: string): boolean {
  return namesIn(sys, itself(dir)).some(name => {
    const token = name === own ? undefined : ownerToken(name)
    return token !== undefined && !writerIsGone(sys, token)
  })
}
