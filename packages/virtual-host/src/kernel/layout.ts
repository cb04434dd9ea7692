import {
  type Controller,
  deviceName,
  genericName,
  headName,
  type NamespaceHead,
  pathName,
  type Subsystem,
} from './model.ts'

/** DEVPATHs: directories below /sys. A fabrics controller's parent is the device `ctl` of class nvme-fabrics. */
export const controllerPath = (controller: Controller): string =>
  controller.bdf === undefined
    ? `/devices/virtual/nvme-fabrics/ctl/${deviceName(controller)}`
    : `/devices/pci0000:00/${controller.bdf}/nvme/${deviceName(controller)}`

export const subsystemName = (subsystem: Subsystem): string => `nvme-subsys${subsystem.instance}`

export const subsystemPath = (subsystem: Subsystem): string =>
  `/devices/virtual/nvme-subsystem/${subsystemName(subsystem)}`

/** PCIe namespaces hang below their controller; with native multipath the head hangs below the subsystem. */
export const headPath = (head: NamespaceHead): string => `${headParent(head)}/${headName(head)}`

export const genericPath = (head: NamespaceHead): string => `${headParent(head)}/${genericName(head)}`

function headParent(head: NamespaceHead): string {
  const pcie = [...head.paths].find(controller => controller.bdf !== undefined)
  return pcie === undefined ? subsystemPath(head.subsystem) : controllerPath(pcie)
}

export const pathPath = (head: NamespaceHead, controller: Controller): string =>
  `${controllerPath(controller)}/${pathName(head, controller)}`
