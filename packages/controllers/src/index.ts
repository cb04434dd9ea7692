export { type Address, parseAddress } from './address.ts'
export type { Controller, ControllerSummary } from './controller.ts'
export { type DeleteHandle, openDeleteController } from './delete-controller.ts'
export type { DeviceFile, OpenDevice } from './device-file.ts'
export { ControllersError, type ControllersErrorCode, errnoOf, isControllersError, readFailure } from './errors.ts'
export type { Inventory, Subsystem } from './inventory.ts'
export { below, type DiskName, diskNameOf, instanceOf, subsystemInstanceOf } from './names.ts'
export type { Namespace, NamespacePath, Partition } from './namespace.ts'
export {
  type ControllersOptions,
  getController,
  incarnationOf,
  listControllerSummaries,
  listControllers,
} from './node/controllers.ts'
export { openDevice } from './node/device-file.ts'
export { confineDevices, type HostTree, hostTree } from './node/host-tree.ts'
export { readInventory } from './node/inventory.ts'
export { fcAddress, ipAddress, sameAddress } from './same-address.ts'
export type { SysfsReader } from './sysfs.ts'
