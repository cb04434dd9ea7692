import type { Layout } from '../layout.ts'
import type { Fd, ReapSys } from '../sys.ts'
import { readIncarnation, valueOf } from './attribute.ts'
import { stands } from './entry-dir.ts'

/**
 * Is what was written into this directory in the entry of this incarnation? Asked after writing, through the directory: an
 * entry that is being deleted loses its incarnation before the rest of it, and libnvme moves entries away to empty them.
 *
 * @param incarnation undefined: of an entry that does not say whose it is
 */
export const isRecorded = (
  sys: ReapSys,
  layout: Layout,
  device: string,
  dir: Fd,
  incarnation: string | undefined,
): boolean => valueOf(readIncarnation(sys, dir)) === incarnation && stands(sys, layout, device, dir)
