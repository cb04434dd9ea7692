const MAX_INSTANCE = 2 ** 31 - 1
const NUMBER = '(0|[1-9][0-9]{0,9})'
const CONTROLLER = new RegExp(`^nvme${NUMBER}$`)
const SUBSYSTEM = new RegExp(`^nvme-subsys${NUMBER}$`)
const NAMESPACE = new RegExp(`^nvme${NUMBER}(?:c${NUMBER})?n${NUMBER}$`)

/**
 * The number in a controller's kernel name: 3 for `nvme3`; undefined for everything else that may stand beside it
 * (`nvme3n1`, `nvme0c1n1`, `nvme-fabrics`, `nvme007`). An instance is a non-negative int (drivers/nvme/host/core.c).
 */
export const instanceOf = (name: string): number | undefined => instance(CONTROLLER.exec(name)?.[1])

/** The number in a subsystem's kernel name: 1 for `nvme-subsys1`. Its first controller has the same. */
export const subsystemInstanceOf = (name: string): number | undefined => instance(SUBSYSTEM.exec(name)?.[1])

/** What the kernel name of a namespace's disk says (nvme_alloc_ns() in drivers/nvme/host/core.c). */
export interface DiskName {
  /** The disk that programs use: `nvme0n1` for `nvme0n1`, and for its path `nvme0c1n1` too. */
  readonly head: string
  /** The number behind `nvme`: the subsystem's, or without native multipath the controller's. */
  readonly instance: number
  /** The number behind the n: the order of finding, not the namespace's ID. */
  readonly index: number
  /** `nvme1` for the path `nvme0c1n1`; undefined for a disk that programs use. */
  readonly controller: string | undefined
}

/** Reads a disk's name; undefined for everything else (`nvme0`, `nvme0n1p1`, `ng0n1`). */
export function diskNameOf(name: string): DiskName | undefined {
  const [, of, path, last] = NAMESPACE.exec(name) ?? []
  const [number, index] = [instance(of), instance(last)]
  if (number === undefined || index === undefined) return undefined
  if (path !== undefined && instance(path) === undefined) return undefined
  const controller = path === undefined ? undefined : `nvme${path}`
  return { head: `nvme${number}n${index}`, instance: number, index, controller }
}

function instance(digits: string | undefined): number | undefined {
  const number = digits === undefined ? undefined : Number(digits)
  return number !== undefined && number <= MAX_INSTANCE ? number : undefined
}

/** `path`, absolute, below the directory `root` where a host's file system begins; `/` is the host itself. */
export const below = (root: string, path: `/${string}`): string => root.replace(/\/+$/, '') + path
