import type { Guest, StartOptions } from './guest.ts'
import { startGuest } from './guest.ts'
import type { GuestImage } from './image/image.ts'

/**
 * Runs `body` with a guest of its own. When it throws, the guest's journal goes to stderr before the guest
 * is gone.
 */
export async function withGuest<T>(
  image: GuestImage,
  body: (guest: Guest) => Promise<T>,
  options?: StartOptions,
): Promise<T> {
  const guest = await startGuest(image, options)
  try {
    return await body(guest)
  } catch (error) {
    // A guest that hangs has no journal to give; then its console is all there is.
    const story = await guest.journal().catch(() => guest.console())
    process.stderr.write(`--- journal of the guest\n${story}---\n`)
    throw error
  } finally {
    await guest.stop()
  }
}
