import { RegistryError } from '../errors.ts'
import { INCARNATION, type Layout, OWNER, SEQNUM } from '../layout.ts'
import { checkDevice } from '../names.ts'
import { errnoOf, type Fd, type ReapSys } from '../sys.ts'
import type { Reaped } from '../types.ts'
import { readAttribute, readIncarnation, readOwner, valueOf } from './attribute.ts'
import { type Cleared, clearEntry } from './clear.ts'
import { openEntry, removeEmpty, withDir } from './entry-dir.ts'
import { condemn, isSeqnum, judge } from './judge.ts'
import { liveIncarnation } from './liveness.ts'
import { removeEmptyTrash } from './trash.ts'

/** Removes a device's entry if its controller is gone; see {@link Registry.reap}. Never waits, never throws for damage. */
export function reap(sys: ReapSys, layout: Layout, device: string, event?: string): Reaped {
  const reaped = reapOrDeleted(sys, layout, device, event)
  return reaped === 'deleted' ? { outcome: 'none' } : reaped
}

/** The same; `deleted`: the directory of a deleted entry, which is none, stays while its controller lives. */
export function reapOrDeleted(sys: ReapSys, layout: Layout, device: string, event?: string): Reaped | 'deleted' {
  checkDevice(device)
  if (event !== undefined && !isSeqnum(event))
    throw new RegistryError('bad-value', `${JSON.stringify(event)} is not an event's SEQNUM`, { device })
  try {
    const dir = openEntry(sys, layout, device)
    if (dir === undefined) return { outcome: 'none' }
    return withDir(sys, dir, () => {
      let { verdict, known, deleted } = inspect(sys, layout, device, dir, event)
      // A directory without identity may be identified by a claimer right now: whoever is first decides.
      let ours = verdict.dead && verdict.identified
      while (verdict.dead && !ours) {
        const mark = condemn(sys, dir)
        if (mark === 'empty') break
        if (mark === 'look again') ({ verdict, known, deleted } = inspect(sys, layout, device, dir, event))
        ours = mark === 'condemned' || (verdict.dead && verdict.identified)
      }
      if (!verdict.dead && verdict.reason === 'alive' && deleted) return 'deleted'
      if (!verdict.dead) return { outcome: 'kept', reason: verdict.reason, ...known }
      // What was empty without identity may be filled by now, for a controller that lives: then it is not ours to empty.
      const path = layout.entry(device)
      const cleared = ours ? clearEntry(sys, dir, path) : { listed: [], unlinked: [], removed: removeEmpty(sys, path) }
      // It may be libnvme's `.trash.XXXXXX` by now.
      if (!cleared.removed) removeEmptyTrash(sys, layout)
      return isRemover(cleared, known.owner)
        ? { outcome: 'removed', reason: verdict.reason, ...known }
        : { outcome: 'none' }
    })
  } catch (error) {
    if (error instanceof RegistryError && (error.code === 'damaged' || error.code === 'no-sysfs')) {
      return { outcome: 'kept', reason: error.code }
    }
    throw error
  }
}

/**
 * Several may empty one directory by turns: a crowd's helpers, a sweep. Each file is unlinked by one of them, so one file
 * decides who tells of the removal: the owner, because whoever unlinked it has read it; where there was none the
 * incarnation, the last to go; in an empty directory the directory itself.
 */
function isRemover({ listed, unlinked, removed }: Cleared, owner: string | undefined): boolean {
  const decisive = owner === undefined ? [OWNER, INCARNATION].find(name => listed.includes(name)) : OWNER
  return decisive === undefined ? removed || unlinked.length > 0 : unlinked.includes(decisive)
}

/** All that a reap reads. @throws `no-sysfs` */
function inspect(sys: ReapSys, layout: Layout, device: string, dir: Fd, event: string | undefined) {
  const incarnation = readIncarnation(sys, dir)
  const live = liveIncarnation(sys, layout, device)
  const owner = readOwner(sys, dir)
  const stamp = valueOf(readAttribute(sys, dir, SEQNUM))
  return {
    verdict: judge({ incarnation, live, stamp, event }),
    known: { ...optional('owner', valueOf(owner)), ...optional('seqnum', stamp) },
    deleted: owner.state === 'deleted',
  }
}

/** Where a reap has failed: was it for what it reads, or for what it does? */
export function canBeRead(sys: ReapSys, layout: Layout, device: string): boolean {
  try {
    const dir = openEntry(sys, layout, device)
    if (dir !== undefined) withDir(sys, dir, () => inspect(sys, layout, device, dir, undefined))
    return true
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof RegistryError)) throw error
    return false
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: string })
}
