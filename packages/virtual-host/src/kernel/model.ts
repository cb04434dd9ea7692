import type { ConnectOptions } from './options.ts'

export type ControllerState = 'new' | 'connecting' | 'live' | 'deleting'

/** One incarnation of an `nvmeN`. */
export interface Controller {
  /** N: unique among the controllers that something still refers to, used again afterwards. */
  readonly instance: number
  /** Never used twice in the life of the host. */
  readonly incarnation: number
  readonly transport: 'tcp' | 'loop' | 'pcie'
  /** Undefined for PCIe. */
  readonly options: ConnectOptions | undefined
  /** The PCI address, for PCIe only. */
  readonly bdf: string | undefined
  cntlid: number
  state: ControllerState
  /** Was live once (NVME_CTRL_STARTED_ONCE): from then on delete_controller works. */
  started: boolean
  /** Its node and class link are gone, the remove event is out. */
  removed: boolean
  /** Open handles of /dev/nvme-fabrics that created it. */
  handles: number
  subsystem: Subsystem | undefined
}

/** `struct nvme_subsystem`: it bears the number of its first controller and keeps it. */
export interface Subsystem {
  readonly instance: number
  readonly nqn: string
  readonly discovery: boolean
  readonly serial: string
  readonly model: string
  /** Every controller that is not freed, removed ones included. */
  readonly controllers: Set<Controller>
  readonly namespaces: Map<number, NamespaceHead>
}

/** A namespace as the host sees it: one block device over all its paths (native multipath). */
export interface NamespaceHead {
  readonly subsystem: Subsystem
  /** Its number in the device name: 1 in nvme0n1. */
  readonly index: number
  readonly nsid: number
  readonly minor: number
  readonly bytes: number
  readonly uuid: string
  readonly paths: Set<Controller>
}

/** Where a subsystem can be reached. */
export type Listener = { transport: 'tcp'; traddr: string; trsvcid: string } | { transport: 'loop' }

/** A namespace of a target. */
export interface TargetNamespace {
  nsid: number
  bytes: number
  uuid: string
}

export const deviceName = (controller: Controller): string => `nvme${controller.instance}`

/** `nvme0n1`: the block device that stands for all paths. PCIe without multipath has the same name. */
export const headName = (head: NamespaceHead): string => `nvme${head.subsystem.instance}n${head.index}`

/** `ng0n1`: the character device beside the block device. */
export const genericName = (head: NamespaceHead): string => `ng${head.subsystem.instance}n${head.index}`

/** `nvme0c1n1`: the hidden device of one path. */
export const pathName = (head: NamespaceHead, controller: Controller): string =>
  `nvme${head.subsystem.instance}c${controller.instance}n${head.index}`
