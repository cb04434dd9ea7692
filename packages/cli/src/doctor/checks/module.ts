import { type Check, type Finding, found, ok } from '../check.ts'
import type { Host } from '../host.ts'

const DEVICE = '/dev/nvme-fabrics'
/** Where the kernel looks for it as well, unless proc_sys_kernel(5) `modprobe` says otherwise. */
const MODPROBE = '/sbin/modprobe'
const BOOT = 'echo nvme-fabrics >/etc/modules-load.d/nvme-fabrics.conf, and reboot'

/** Without nvme-fabrics nothing can be connected. A transport's driver is asked for by the kernel itself. */
export const moduleLoaded: Check = ({ host }) => {
  if (host.look(DEVICE) !== undefined) return ok(`nvme-fabrics is loaded (${DEVICE})`)
  if (host.look('/sys/module/nvme_fabrics') !== undefined)
    return found(
      'problem',
      `nvme-fabrics is loaded, and ${DEVICE} is missing`,
      'mount devtmpfs at /dev, or start udevd',
    )
  // On another host than this one nvmf connect loads nothing.
  return host.here ? loadable(host) : found('problem', 'nvme-fabrics is not loaded', 'modprobe nvme-fabrics')
}

/** modules.dep(5) is for modprobe's eyes only, so modprobe is asked. It loads nothing, and needs no root for that. */
function loadable(host: Host): Finding {
  if (host.read('/proc/sys/kernel/modules_disabled')?.trim() === '1')
    return found(
      'problem',
      'nvme-fabrics is not loaded, and the kernel loads no modules (kernel.modules_disabled)',
      BOOT,
    )
  const trouble = host.run(MODPROBE, ['--dry-run', '--quiet', 'nvme-fabrics'])
  if (trouble === undefined) return ok('nvme-fabrics is not loaded; nvmf connect loads it')
  return found(
    'problem',
    `nvme-fabrics is not loaded, and ${MODPROBE} cannot load it: ${trouble}`,
    "install this kernel's modules, or reboot if it was upgraded; in a container, modprobe nvme-fabrics on its host",
  )
}
