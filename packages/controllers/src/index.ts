import type { Controller, ControllerSummary } from './controller.ts'
import * as core from './controller.ts'
import type { Inventory } from './inventory.ts'
import * as all from './inventory.ts'
import { nodeSysfs } from './node/sysfs.ts'
import type { SysfsReader, Where } from './sysfs.ts'

/** Where to look. Nothing is remembered between calls. */
export interface ControllersOptions {
  /** Where the host's file system begins: `/` (the default), or the directory of a virtual host or captured tree. */
  readonly root?: string
  /** How to read it; Node's file system unless given. */
  readonly sysfs?: SysfsReader
}

const where = ({ root = '/', sysfs = nodeSysfs }: ControllersOptions): Where => ({ root, sysfs })

/**
 * All controllers of a host in natural order (nvme2 before nvme10): PCIe ones, and half-connected ones that have no
 * subsystem yet, included. Without /sys/class/nvme (module not loaded) there are none.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const listControllers = (options: ControllersOptions = {}): Controller[] => core.readControllers(where(options))

/**
 * The same controllers with half of what there is to read about each; for thousands of them that is half the time.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const listControllerSummaries = (options: ControllersOptions = {}): ControllerSummary[] =>
  core.readSummaries(where(options))

/**
 * Subsystems, their controllers, namespaces, disks and paths; what goes while it is read is left out.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const readInventory = (options: ControllersOptions = {}): Inventory => all.readInventory(where(options))

/** One controller by its kernel name, or undefined. @throws ControllersError `bad-device` */
export const getController = (name: string, options: ControllersOptions = {}): Controller | undefined =>
  core.readController(where(options), name)

/** Which incarnation of a name is there now, or undefined if there is no such controller. @throws ControllersError `bad-device` */
export const incarnationOf = (name: string, options: ControllersOptions = {}): string | undefined =>
  core.incarnationOf(where(options), name)

export { type Address, parseAddress } from './address.ts'
export type { Controller, ControllerSummary } from './controller.ts'
export { type DeleteHandle, openDeleteController } from './delete-controller.ts'
export type { DeviceFile, OpenDevice } from './device-file.ts'
export { ControllersError, type ControllersErrorCode, errnoOf } from './errors.ts'
export type { Inventory, Subsystem } from './inventory.ts'
export { below, type DiskName, diskNameOf, instanceOf, subsystemInstanceOf } from './names.ts'
export type { Namespace, NamespacePath, Partition } from './namespace.ts'
export { openDevice } from './node/device-file.ts'
export { nodeSysfs } from './node/sysfs.ts'
export { fcAddress, ipAddress, sameAddress } from './same-address.ts'
export type { SysfsReader } from './sysfs.ts'
