import { RegistryError } from '../errors.ts'
import { type Layout, stagingToken } from '../layout.ts'
import { byInstance, isDevice } from '../names.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import type { Swept } from '../types.ts'
import { writerIsGone } from '../writer-token.ts'
import { emptyEntry, removeEmpty, withDir } from './entry-dir.ts'
import { registryNames } from './read.ts'
import { reap } from './reap.ts'

/** Reaps every entry without an event, and clears what dead writers left; see {@link Registry.sweep}. */
export function sweep(sys: ReapSys, layout: Layout): Swept {
  const names = registryNames(sys, layout)
  const removed: Swept['removed'][number][] = []
  const kept: Swept['kept'][number][] = []
  for (const device of names.filter(isDevice).sort(byInstance)) {
    const reaped = reap(sys, layout, device)
    if (reaped.outcome === 'removed')
      removed.push({ device, reason: reaped.reason, ...(reaped.owner === undefined ? {} : { owner: reaped.owner }) })
    if (reaped.outcome === 'kept') kept.push({ device, reason: reaped.reason })
  }
  return { removed, kept, leftovers: names.filter(name => clearLeftover(sys, layout, name)) }
}

/** A staging directory whose writer is certainly gone is nobody's; age alone would prove nothing. */
function clearLeftover(sys: ReapSys, layout: Layout, name: string): boolean {
  const token = stagingToken(name)
  if (token === undefined || !writerIsGone(sys, token)) return false
  const path = `${layout.registry}/${name}`
  try {
    withDir(sys, sys.openDir(path), dir => emptyEntry(sys, dir, path))
    return removeEmpty(sys, path)
  } catch (error) {
    // Cleared by another sweep meanwhile, or not a thing that a writer of ours makes.
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || (error instanceof RegistryError && error.code === 'damaged'))
      return false
    throw error
  }
}
