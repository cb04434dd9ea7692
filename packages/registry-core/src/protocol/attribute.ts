import { RegistryError } from '../errors.ts'
import { CONDEMNED, INCARNATION, within } from '../layout.ts'
import { errnoOf, type Fd, type ReapSys } from '../sys.ts'
import { parseValue, READ_LIMIT } from '../values.ts'

/** One attribute of an entry, read through the entry's directory. */
export type Attribute =
  | { readonly state: 'absent' }
  | { readonly state: 'set'; readonly value: string }
  | { readonly state: 'damaged'; readonly reason: string }

/** `name` must be an attribute's name already: it becomes part of a path. */
export function readAttribute(sys: ReapSys, dir: Fd, name: string): Attribute {
  try {
    const file = sys.readFile(within(dir, name), READ_LIMIT)
    if (file.kind === 'other') return { state: 'damaged', reason: 'not a regular file' }
    const parsed = parseValue(file.bytes)
    return 'value' in parsed ? { state: 'set', value: parsed.value } : { state: 'damaged', reason: parsed.damage }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return { state: 'absent' }
    if (errno === 'ELOOP') return { state: 'damaged', reason: 'a symbolic link' }
    // A socket cannot be opened, a device node may have no driver.
    if (errno === 'ENXIO') return { state: 'damaged', reason: 'not a regular file' }
    throw error
  }
}

export const valueOf = (attribute: Attribute): string | undefined =>
  attribute.state === 'set' ? attribute.value : undefined

/** The identity of an entry. A condemned directory's (layout.ts) is one that no live controller has. */
export function readIncarnation(sys: ReapSys, dir: Fd): Attribute {
  const incarnation = readAttribute(sys, dir, INCARNATION)
  if (incarnation.state !== 'damaged') return incarnation
  try {
    return sys.readlink(within(dir, INCARNATION)) === CONDEMNED ? { state: 'set', value: CONDEMNED } : incarnation
  } catch (error) {
    // Whoever condemned it has removed the mark between the two calls, the last of what was in there.
    if (errnoOf(error) === 'ENOENT') return { state: 'absent' }
    if (errnoOf(error) === 'EINVAL') return incarnation
    throw error
  }
}

/**
 * Is this directory another incarnation's than the live one's (`undefined`: there is none)? libnvme's tell nothing: no.
 * @throws `damaged` if it says something that is none
 */
export function belongsToAnother(sys: ReapSys, device: string, dir: Fd, live: string | undefined): boolean {
  const incarnation = readIncarnation(sys, dir)
  if (live === undefined) return true
  if (incarnation.state === 'damaged')
    throw new RegistryError('damaged', `${device}'s ${INCARNATION} cannot be read: it is ${incarnation.reason}`, {
      device,
    })
  return incarnation.state === 'set' && incarnation.value !== live
}
