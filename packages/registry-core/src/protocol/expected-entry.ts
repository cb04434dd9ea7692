import type { Layout } from '../layout.ts'
import type { Sys } from '../sys.ts'
import type { SeenOwner } from '../types.ts'
import { belongsToAnother, readIncarnation } from './attribute.ts'
import { openEntry } from './entry-dir.ts'
import { mustHaveOwner } from './expected.ts'
import { type LiveEntry, openLive } from './live-entry.ts'
import type { NewFile } from './staging.ts'

/** As {@link openLive}; but what an owner is expected in is never made. The caller closes `dir`. */
export function openExpected(
  sys: Sys,
  layout: Layout,
  device: string,
  incarnation: string,
  files: readonly NewFile[],
  owner: SeenOwner | undefined,
): LiveEntry {
  if (owner === undefined || owner === null) return openLive(sys, layout, device, incarnation, files)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return absent(device, owner)
  let keep = false
  try {
    if (belongsToAnother(sys, device, dir, incarnation)) return absent(device, owner)
    const identified = readIncarnation(sys, dir).state === 'set'
    keep = true
    return { dir, identified }
  } finally {
    if (!keep) sys.close(dir)
  }
}

/** @throws `changed` */
function absent(device: string, owner: SeenOwner): 'gone' {
  mustHaveOwner(device, { state: 'absent' }, owner)
  return 'gone'
}
