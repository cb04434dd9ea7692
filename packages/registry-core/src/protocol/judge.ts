import { CONDEMNED, INCARNATION, itself, within } from '../layout.ts'
import { errnoOf, type Fd, type ReapSys } from '../sys.ts'
import type { DeadReason, KeptReason } from '../types.ts'
import type { Attribute } from './attribute.ts'
import { namesIn } from './entry-dir.ts'

/**
 * Is the controller of this directory dead? "dead" is a stable fact: a directory belongs to one incarnation for ever and
 * an incarnation never comes back, so nothing that happens between this judgement and the removal can make it false.
 */
export type Verdict =
  | {
      readonly dead: true
      readonly reason: DeadReason
      /** Does the directory say whose it is? If not, it must be condemned before it is emptied. */
      readonly identified: boolean
    }
  | { readonly dead: false; readonly reason: KeptReason }

/** What is known of a directory when it is judged. */
export interface Facts {
  /** Its identity, which must have been read before `live`. */
  readonly incarnation: Attribute
  /** The incarnation that has the name now. */
  readonly live: string | undefined
  /** Its stamp, if that can be read. */
  readonly stamp: string | undefined
  /** SEQNUM of the remove event that asks, if one does. */
  readonly event: string | undefined
}

export function judge({ incarnation, live, stamp, event }: Facts): Verdict {
  if (live === undefined) return { dead: true, reason: 'controller-gone', identified: incarnation.state !== 'absent' }
  if (incarnation.state === 'damaged') return { dead: false, reason: 'damaged' }
  if (incarnation.state === 'set') {
    return incarnation.value === live
      ? { dead: false, reason: 'alive' }
      : { dead: true, reason: 'number-recycled', identified: true }
  }
  return isLater(event, stamp)
    ? { dead: true, reason: 'older-than-event', identified: false }
    : { dead: false, reason: 'unproven' }
}

const NUMBER = /^[0-9]{1,20}$/

export const isSeqnum = (text: string): boolean => NUMBER.test(text)

/** Was the event emitted after the stamp was taken? A stamp that does not parse proves nothing, so the answer is no. */
function isLater(event: string | undefined, stamp: string | undefined): boolean {
  return event !== undefined && stamp !== undefined && isSeqnum(stamp) && BigInt(event) > BigInt(stamp)
}

/**
 * Takes a dead directory that has no identity, so that nobody else can: a claimer gives such a directory the live
 * incarnation's before it writes into it, and of the two the first to create `incarnation` decides.
 *
 * An empty one is nobody's and needs no mark. Neither does one that has a mark or an identity by now, which is to be looked
 * at again: two that answer each other's marks with marks of their own would never be done.
 */
export function condemn(sys: ReapSys, dir: Fd): 'condemned' | 'empty' | 'look again' {
  const names = namesIn(sys, itself(dir))
  if (names.length === 0) return 'empty'
  if (names.includes(INCARNATION)) return 'look again'
  try {
    sys.symlink(CONDEMNED, within(dir, INCARNATION))
    return 'condemned'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'EEXIST' || errno === 'ENOENT') return 'look again'
    throw error
  }
}
