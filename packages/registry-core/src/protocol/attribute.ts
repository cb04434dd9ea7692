import { RegistryError } from '../errors.ts'
import { CONDEMNED, DELETED, INCARNATION, OWNER, RELEASED, within } from '../layout.ts'
import { errnoOf, type Fd, type ReapSys } from '../sys.ts'
import { parseValue, READ_LIMIT } from '../values.ts'
import { ATTEMPTS } from './attempts.ts'

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
    if (errno === 'ELOOP') return LINK
    // A socket cannot be opened, a device node may have no driver.
    if (errno === 'ENXIO') return { state: 'damaged', reason: 'not a regular file' }
    throw error
  }
}

const LINK: Attribute = { state: 'damaged', reason: 'a symbolic link' }

/** The same, or what the attribute says if it is a symbolic link that says one of these. */
function readMarked<M extends string>(sys: ReapSys, dir: Fd, name: string, marks: readonly M[]): Attribute | M {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const attribute = readAttribute(sys, dir, name)
    if (attribute !== LINK) return attribute
    try {
      const said = sys.readlink(within(dir, name))
      return marks.find(mark => mark === said) ?? attribute
    } catch (error) {
      // Removed, or replaced by a file, between the two calls.
      if (!['ENOENT', 'EINVAL'].includes(errnoOf(error) ?? '')) throw error
    }
  }
  return LINK
}

/** The owner of an entry; `released` or `deleted` if one of these has made it unowned. */
export type Owner = Attribute | { readonly state: 'released' | 'deleted' }

export function readOwner(sys: ReapSys, dir: Fd): Owner {
  const owner = readMarked(sys, dir, OWNER, [RELEASED, DELETED])
  if (owner === RELEASED) return { state: 'released' }
  return owner === DELETED ? { state: 'deleted' } : owner
}

export const valueOf = (attribute: Owner): string | undefined =>
  attribute.state === 'set' ? attribute.value : undefined

/** An inode number as the kernel counts them: up to 64 bits, in decimal. */
const INODE = /^[1-9][0-9]{0,19}$/

/**
 * The identity of an entry. A condemned directory's (layout.ts) is one that no live controller has. What is not the canonical
 * form of a number is damage: to take it for another incarnation's would make a live controller unowned.
 */
export function readIncarnation(sys: ReapSys, dir: Fd): Attribute {
  const incarnation = readMarked(sys, dir, INCARNATION, [CONDEMNED])
  if (incarnation === CONDEMNED) return { state: 'set', value: CONDEMNED }
  if (incarnation.state !== 'set' || INODE.test(incarnation.value)) return incarnation
  return { state: 'damaged', reason: 'not an inode number' }
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
