import path from 'node:path'
import type { Guest } from './guest.ts'
import { cached, sweep, touch } from './image/cache.ts'
import type { GuestImage } from './image/image.ts'
import { openImage } from './image/image.ts'
import { withGuest } from './with-guest.ts'

/** Longer than any test file runs: what was not asked for since is in nobody's use. */
const IN_USE_MS = 3600 * 1000

/**
 * The image of a guest in which `make` was done once, cached for every process that asks for the same.
 *
 * @param purpose what it is for; of one purpose only the newest is kept, as each is half a gigabyte
 * @param key what `make` depends on, such as the digest of what it installs
 */
export async function derivedImage(
  from: GuestImage,
  purpose: string,
  key: string,
  make: (guest: Guest) => Promise<void>,
): Promise<GuestImage> {
  const prefix = `derived-${purpose}-`
  const dir = await cached(`${prefix}${key}-${path.basename(from.dir)}`, async partial => {
    await sweep(prefix, IN_USE_MS)
    await withGuest(from, async guest => {
      await make(guest)
      await guest.saveState(partial)
    })
  })
  await touch(dir)
  return openImage(dir)
}
