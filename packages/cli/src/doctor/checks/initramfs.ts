import { type Check, found, ok } from '../check.ts'
import { RULE } from '../names.ts'
import { chosen } from '../override.ts'

/** Between its start and that of the real udevd an image without rule and helper lets entries go stale. */
export const initramfs: Check = ({ host }) => {
  const release = host.read('/proc/sys/kernel/osrelease')?.trim()
  if (release === undefined) return ok('the running kernel is unknown here, so is its initramfs')
  // initramfs-tools, then dracut.
  const image = [`/boot/initrd.img-${release}`, `/boot/initramfs-${release}.img`].find(
    path => host.look(path) !== undefined,
  )
  if (image === undefined) return ok(`Linux ${release} has no initramfs in /boot`)
  const installed = chosen(host, RULE)?.facts.installed
  const written = host.look(image)?.written
  if (installed === undefined || written === undefined || written >= installed)
    return ok(`${image} is newer than the rule`)
  return found(
    'note',
    `${image} is older than the rule and cannot have it; the sweep at boot makes up for that`,
    image.includes('initrd.img') ? `update-initramfs -u -k ${release}` : `dracut --force --kver ${release}`,
  )
}
