import { RegistryError } from '../errors.ts'
import { type Layout, RELEASED, RESERVED, within } from '../layout.ts'
import { checkAttribute, checkDevice } from '../names.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import type { Expected } from '../types.ts'
import { formatValue } from '../values.ts'
import { ATTEMPTS } from './attempts.ts'
import { belongsToAnother, readOwner } from './attribute.ts'
import { openEntry, withDir } from './entry-dir.ts'
import { mustBe, mustHaveOwner } from './expected.ts'
import { openExpected } from './expected-entry.ts'
import { identify, withPinned } from './live-entry.ts'
import { liveIncarnation } from './liveness.ts'
import { changeOwner } from './owner-change.ts'
import { reap } from './reap.ts'
import { isRecorded } from './recorded.ts'
import { replace } from './temporary.ts'
import { removeEmptyTrash } from './trash.ts'

function checkPrivate(name: string): void {
  checkAttribute(name)
  if (RESERVED.includes(name)) throw new RegistryError('reserved-attribute', `${name} is the registry's own attribute`)
}

/**
 * Sets a private attribute; see {@link Registry.update}. The owner is looked at in the directory that is written: one who
 * takes it over between the look and the write finds the attribute as if it had been set before.
 */
export function updateAttribute(
  sys: Sys,
  layout: Layout,
  device: string,
  name: string,
  value: string,
  expected: Expected = {},
): void {
  checkDevice(device)
  checkPrivate(name)
  const bytes = formatValue(name, value)
  withPinned(sys, layout, device, incarnation => {
    mustBe(device, incarnation, expected.incarnation)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = openExpected(sys, layout, device, incarnation, [[name, bytes]], expected.owner)
      if (entry === 'made') return
      if (entry === 'gone') break
      const written = withDir(sys, entry.dir, dir => {
        const present = readOwner(sys, dir)
        mustHaveOwner(device, present, expected.owner)
        const done = unless(['ENOENT'], () => {
          // As with a claim: what has no identity may be a dead entry, and about to be removed with all that is in it.
          if (!entry.identified && !identify(sys, dir, incarnation)) return false
          if (present.state === 'deleted' && !restore(sys, dir)) return false
          replace(sys, dir, name, bytes)
          return true
        })
        // ENOENT: the directory was removed under us, so it was not the live controller's entry any more.
        return done === true && isRecorded(sys, layout, device, dir, incarnation)
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

/** Makes an entry that was deleted one without an owner; false: the directory is being removed. */
const restore = (sys: Sys, dir: Fd): boolean =>
  changeOwner(sys, dir, RELEASED, ({ state }) => (state === 'deleted' ? undefined : 'restored')) !== 'lost'

/** Removes a private attribute; see {@link Registry.remove}. Needs no pin: it acts in the directory that it judged. */
export function removeAttribute(
  sys: Sys,
  layout: Layout,
  device: string,
  name: string,
  { incarnation, owner }: Expected = {},
): boolean {
  checkDevice(device)
  checkPrivate(name)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) {
    if (incarnation !== undefined) mustBe(device, liveIncarnation(sys, layout, device), incarnation)
    mustHaveOwner(device, { state: 'absent' }, owner)
    return false
  }
  return withDir(sys, dir, () => {
    const live = liveIncarnation(sys, layout, device)
    mustBe(device, live, incarnation)
    const another = belongsToAnother(sys, device, dir, live)
    if (owner !== undefined) mustHaveOwner(device, another ? { state: 'absent' } : readOwner(sys, dir), owner)
    if (another) return false
    try {
      sys.unlink(within(dir, name))
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    }
  })
}
