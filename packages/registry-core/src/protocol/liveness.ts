import { RegistryError } from '../errors.ts'
import type { Layout } from '../layout.ts'
import { errnoOf, type ReapSys } from '../sys.ts'

/**
 * Which incarnation of a controller has this name now: the inode number of /sys/class/nvme/nvmeN/, which is new for every
 * incarnation of a name (docs/registry-format.md). undefined: there is none - the class link goes before the remove event
 * is emitted (device_del in drivers/base/core.c).
 *
 * Only a readable /sys/class can say that. A missing /dev node says nothing: a container may have a /dev of its own.
 *
 * @throws `no-sysfs`
 */
export function liveIncarnation(sys: ReapSys, layout: Layout, device: string): string | undefined {
  try {
    return sys.stat(layout.sysfs(device)).ino
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw noSysfs(layout, device, error)
  }
  try {
    if (sys.stat(layout.classDir).kind === 'dir') return undefined
  } catch (error) {
    throw noSysfs(layout, device, error)
  }
  throw noSysfs(layout, device, undefined)
}

function noSysfs(layout: Layout, device: string, cause: unknown): unknown {
  if (cause !== undefined && errnoOf(cause) === undefined) return cause
  return new RegistryError('no-sysfs', `${layout.classDir} cannot be read: whether ${device} is there is unknown`, {
    device,
    cause,
  })
}
