import { type Layout, OWNER } from '../layout.ts'
import { checkDevice } from '../names.ts'
import type { Sys } from '../sys.ts'
import type { Published } from '../types.ts'
import { formatValue } from '../values.ts'
import { claimPinned } from './claim.ts'
import { withDir } from './entry-dir.ts'
import { liveIncarnation } from './liveness.ts'
import { confirm, place } from './place.ts'
import { discard, stage, unlessGone } from './staging.ts'

/** Registers a controller that was just connected; see {@link Registry.publish}. The caller holds the number. */
export function publish(sys: Sys, layout: Layout, device: string, owner: string): Published {
  checkDevice(device)
  const ownerBytes = formatValue('owner', owner)
  const incarnation = liveIncarnation(sys, layout, device)
  if (incarnation === undefined) return { outcome: 'gone' }
  const published = unlessGone(sys, layout, device, incarnation, (): Published => {
    const staged = stage(sys, layout, device, incarnation, [[OWNER, ownerBytes]])
    let placed = false
    try {
      // After a fresh connect an entry without identity cannot be this controller's: it is replaced.
      const there = place(sys, layout, device, staged, incarnation, 'replace')
      if (there === undefined) {
        placed = true
        return confirm(sys, layout, device, staged, incarnation) ? { outcome: 'published' } : { outcome: 'gone' }
      }
      return withDir(sys, there, () => settle(sys, layout, device, owner, incarnation))
    } finally {
      if (placed) sys.close(staged.dir)
      else discard(sys, staged.path, staged.dir)
    }
  })
  return published === 'gone' ? { outcome: 'gone' } : published
}

/** Another process registered our new controller before us. Then we are one claimer among others. */
function settle(sys: Sys, layout: Layout, device: string, owner: string, incarnation: string): Published {
  const claimed = claimPinned(sys, layout, device, owner, incarnation, 'ask')
  if (claimed === undefined) return { outcome: 'gone' }
  if (claimed.outcome === 'refused') return { outcome: 'owned', owner: claimed.owner }
  return { outcome: claimed.outcome === 'already-ours' ? 'already-ours' : 'claimed' }
}
