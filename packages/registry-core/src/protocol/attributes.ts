import { RegistryError } from '../errors.ts'
import { type Layout, RESERVED, within } from '../layout.ts'
import { checkAttribute, checkDevice } from '../names.ts'
import { errnoOf, type Sys, unless } from '../sys.ts'
import { formatValue } from '../values.ts'
import { ATTEMPTS } from './attempts.ts'
import { belongsToAnother } from './attribute.ts'
import { openEntry, stands, withDir } from './entry-dir.ts'
import { identify, openLive, withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { reap } from './reap.ts'
import { replace } from './temporary.ts'
import { removeEmptyTrash } from './trash.ts'

function checkPrivate(name: string): void {
  checkAttribute(name)
  if (RESERVED.includes(name)) throw new RegistryError('reserved-attribute', `${name} is the registry's own attribute`)
}

/** Sets a private attribute; see {@link Registry.update}. */
export function updateAttribute(sys: Sys, layout: Layout, device: string, name: string, value: string): void {
  checkDevice(device)
  checkPrivate(name)
  const bytes = formatValue(name, value)
  withPinned(sys, layout, device, incarnation => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = openLive(sys, layout, device, incarnation, [[name, bytes]])
      if (entry === 'made') return
      if (entry === 'gone') break
      const written = withDir(sys, entry.dir, dir => {
        const done = unless(['ENOENT'], () => {
          // As with a claim: what has no identity may be a dead entry, and about to be removed with all that is in it.
          if (!entry.identified && !identify(sys, dir, incarnation)) return false
          replace(sys, dir, name, bytes)
          return true
        })
        // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
        return done === true && stands(sys, layout, device, dir)
      })
      const alive = liveIncarnation(sys, layout, device) === incarnation
      if (written && alive) return
      removeEmptyTrash(sys, layout)
      if (!alive) {
        reap(sys, layout, device)
        break
      }
      if (attempt === ATTEMPTS - 1)
        throw new RegistryError('busy', `${device}'s entry kept being changed by others`, { device })
    }
    throw new RegistryError('no-controller', `${device} went away`, { device })
  })
}

/** Removes a private attribute; see {@link Registry.remove}. Needs no pin: it acts in the directory that it judged. */
export function removeAttribute(sys: Sys, layout: Layout, device: string, name: string): boolean {
  checkDevice(device)
  checkPrivate(name)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return false
  return withDir(sys, dir, () => {
    if (belongsToAnother(sys, device, dir, liveIncarnation(sys, layout, device))) return false
    try {
      sys.unlink(within(dir, name))
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    }
  })
}
