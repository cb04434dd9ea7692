import path from 'node:path'
import type { Guest } from './guest.ts'
import { runningGuest } from './guest.ts'
import type { GuestImage } from './image/image.ts'
import { diskFile, machineParts } from './image/image.ts'
import { createOverlay, startMachine } from './machine/qemu.ts'
import { makeScratch, removeScratch } from './machine/scratch.ts'

const BOOT_TIMEOUT_MS = 300_000

/**
 * Boots an image's disk from power-on instead of restoring its state, which takes 10 s and more: for what happens at boot.
 * Whoever saved the image has called `sync` before. Throws unless the system comes up whole.
 *
 * @param initrd - the host's file of another initramfs than the harness's own
 */
export async function bootGuest(image: GuestImage, initrd?: string): Promise<Guest> {
  const scratch = await makeScratch()
  let guest: Guest | undefined
  try {
    await createOverlay(image.emulator, path.join(scratch, 'disk.qcow2'), diskFile(image), 'qcow2')
    const parts = machineParts(image, scratch)
    guest = runningGuest(await startMachine({ ...parts, initrd: initrd ?? parts.initrd }), image, scratch)
    const { stdout } = await guest.run('systemctl is-system-running --wait', { timeoutMs: BOOT_TIMEOUT_MS })
    if (stdout !== 'running\n')
      throw new Error(`the guest is ${stdout}${await guest.sh('systemctl --failed; journalctl -b')}`)
    return guest
  } catch (error) {
    await guest?.stop()
    await removeScratch(scratch)
    throw error
  }
}
