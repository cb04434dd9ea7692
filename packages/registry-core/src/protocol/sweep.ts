import { RegistryError } from '../errors.ts'
import type { Layout } from '../layout.ts'
import { devicesAmong } from '../names.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import type { Reaped, Swept } from '../types.ts'
import { clearStaging, clearTemporaries } from './leftovers.ts'
import { registryNames } from './read.ts'
import { canBeRead, reapOrDeleted } from './reap.ts'
import { removeEmptyTrash } from './trash.ts'

/**
 * Reaps every entry without an event, and clears what dead writers left; see {@link Registry.sweep}.
 *
 * One entry that fails does not keep the others from being swept: what cannot be read is kept and named, and the first
 * failure of anything else (a read-only registry, say) is thrown when all is done that can be.
 *
 * @param tell called for each entry as it is removed, for who must have said all that was done if it is killed, or fails
 */
export function sweep(sys: ReapSys, layout: Layout, tell: (entry: Swept['removed'][number]) => void = () => {}): Swept {
  const names = registryNames(sys, layout)
  const removed: Swept['removed'][number][] = []
  const kept: Swept['kept'][number][] = []
  const leftovers: string[] = []
  const failures: unknown[] = []
  const attempt = (step: () => void, unreadable: () => boolean = () => false): void => {
    try {
      step()
    } catch (error) {
      if (errnoOf(error) === undefined || error instanceof RegistryError) throw error
      if (!unreadable()) failures.push(error)
    }
  }

  const clear = (device: string): void => attempt(() => leftovers.push(...clearTemporaries(sys, layout, device)))
  const keep = (device: string, reaped: Reaped & { outcome: 'kept' }): void => {
    kept.push(told(device, reaped))
    if (reaped.reason === 'alive' || reaped.reason === 'unproven') clear(device)
  }
  for (const device of devicesAmong(names)) {
    attempt(
      () => {
        const reaped = reapOrDeleted(sys, layout, device)
        if (reaped === 'deleted') return clear(device)
        if (reaped.outcome === 'removed') {
          const entry = told(device, reaped)
          removed.push(entry)
          tell(entry)
        }
        if (reaped.outcome === 'kept') keep(device, reaped)
      },
      () => !canBeRead(sys, layout, device) && kept.push({ device, reason: 'unreadable' }) > 0,
    )
  }
  for (const name of names) attempt(() => clearStaging(sys, layout, name) && leftovers.push(name))
  leftovers.push(...removeEmptyTrash(sys, layout))
  if (failures.length > 0) throw failures[0]
  return { removed, kept, leftovers }
}

/** What a reap says of a device, without its outcome. */
function told<R>(device: string, { reason, owner, seqnum }: { reason: R; owner?: string; seqnum?: string }) {
  return {
    device,
    reason,
    ...(owner === undefined ? {} : { owner }),
    ...(seqnum === undefined ? {} : { seqnum }),
  }
}
