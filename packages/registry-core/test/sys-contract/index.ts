import { anchored } from './anchored.ts'
import type { ContractCase } from './case.ts'
import { link } from './link.ts'
import { look } from './look.ts'
import { make } from './make.ts'
import { open } from './open.ts'
import { remove } from './remove.ts'
import { rename } from './rename.ts'
import { symlink } from './symlink.ts'

/** The port's contract: each implementation passes every case, so that what the explorer proves holds on a real tmpfs. */
export const sysContract: readonly ContractCase[] = [
  ...rename,
  ...remove,
  ...link,
  ...symlink,
  ...make,
  ...open,
  ...look,
  ...anchored,
]
