import path from 'node:path'
import { runningGuest } from '../guest.ts'
import { createOverlay, startMachine } from '../machine/qemu.ts'
import { makeScratch, removeScratch } from '../machine/scratch.ts'
import type { GuestImage } from './image.ts'
import { machineParts } from './image.ts'

/** What every restored guest has: see guest/nvmet-lab.sh. */
const SETUP = `
set -e
modprobe -a configfs nvmet nvmet-tcp nvme-loop nvme-tcp nvme-fabrics
. /usr/local/lib/nvmet-lab.sh
nvmet_ports
nvmet_add nqn.2026-11.io.nvmf:one
nvmet_add nqn.2026-11.io.nvmf:two
ip link set lo up
udevadm settle
# What tests start most is in the page cache when they are restored.
node -e 'require("node:fs").readdirSync("/sys/class/nvme")'
nvme version
systemctl is-active systemd-udevd.service
journalctl -n 1 -o json
udevadm info /dev/nvme-fabrics
`

/** Boots a new guest, sets it up and saves it as `image`. */
export async function firstBoot(image: GuestImage): Promise<void> {
  const scratch = await makeScratch()
  try {
    await createOverlay(image.emulator, path.join(scratch, 'disk.qcow2'), path.join(image.base, 'disk.ext4'), 'raw')
    const guest = runningGuest(await startMachine(machineParts(image, scratch)), image, scratch)
    try {
      const state = await guest.run('systemctl is-system-running --wait', { timeoutMs: 120_000 })
      if (state.stdout.trim() !== 'running') {
        throw new Error(
          `the guest is ${state.stdout.trim()}\n${await guest.sh('systemctl --failed; journalctl -b -p 4')}`,
        )
      }
      await guest.sh(SETUP)
      await guest.saveState(image.dir)
    } finally {
      await guest.stop()
    }
  } finally {
    await removeScratch(scratch)
  }
}
