import { type Check, found, ok } from '../check.ts'

const DEVICE = '/dev/nvme-fabrics'

/** Without nvme-fabrics nothing can be connected. */
export const moduleLoaded: Check = ({ host }) => {
  if (host.look(DEVICE) !== undefined) return ok(`nvme-fabrics is loaded (${DEVICE})`)
  return host.look('/sys/module/nvme_fabrics') === undefined
    ? found('problem', 'the module nvme-fabrics is not loaded', 'modprobe nvme-fabrics')
    : found('problem', `nvme-fabrics is loaded, and ${DEVICE} is missing`, 'mount devtmpfs at /dev, or start udevd')
}
