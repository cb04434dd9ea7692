const MAX_INSTANCE = 2 ** 31 - 1
const CONTROLLER = /^nvme(0|[1-9][0-9]{0,9})$/

/**
 * The number in a controller's kernel name: 3 for `nvme3`; undefined for everything else that may stand beside it
 * (`nvme3n1`, `nvme0c1n1`, `nvme-fabrics`, `nvme007`). An instance is a non-negative int (drivers/nvme/host/core.c).
 */
export function instanceOf(name: string): number | undefined {
  const digits = CONTROLLER.exec(name)?.[1]
  const instance = digits === undefined ? undefined : Number(digits)
  return instance !== undefined && instance <= MAX_INSTANCE ? instance : undefined
}

/** `path`, absolute, below the directory `root` where a host's file system begins; `/` is the host itself. */
export const below = (root: string, path: `/${string}`): string => root.replace(/\/+$/, '') + path
