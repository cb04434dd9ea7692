import type { Layout } from '../layout.ts'
import { checkDevice } from '../names.ts'
import type { Sys } from '../sys.ts'
import { emptyEntry, openEntry, removeEmpty, withDir } from './entry-dir.ts'

/** Removes a device's entry, whatever it says; see {@link Registry.delete}. */
export function deleteEntry(sys: Sys, layout: Layout, device: string): boolean {
  checkDevice(device)
  const dir = openEntry(sys, layout, device)
  if (dir === undefined) return false
  return withDir(sys, dir, () => {
    emptyEntry(sys, dir, layout.entry(device), 'live')
    removeEmpty(sys, layout.entry(device))
    return true
  })
}
