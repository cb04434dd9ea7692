import type { Call } from './actor.ts'
import { SysError } from './memory-fs.ts'
import type { ProgramSys } from './world.ts'

/** One way in which a call can fail although nothing of the protocol is wrong. */
export interface Fault {
  readonly errno: string
  /** What the call has done all the same. */
  readonly partly?: (sys: ProgramSys) => void
}

/**
 * The errnos that each call can give on a full, broken, read-only or forbidden file system, or to a process without
 * descriptors or memory (open(2), stat(2), rename(2) and so on). One that the protocol expects, like ENOENT, is not among
 * them: the world itself gives it where it is true. close(2) is not either: it gives the descriptor up even when it fails.
 */
const ERRNOS: Partial<Record<Call['op'], readonly string[]>> = {
  openDir: ['EMFILE', 'EACCES', 'EIO'],
  openNode: ['EMFILE', 'EACCES', 'EAGAIN'],
  stat: ['EACCES', 'EIO'],
  readFile: ['EMFILE', 'EACCES', 'EIO'],
  readdir: ['ENOMEM', 'EIO'],
  unlink: ['EROFS', 'EIO'],
  symlink: ['ENOSPC', 'EROFS'],
  readlink: ['EIO'],
  rmdir: ['EROFS', 'EBUSY'],
  mkdir: ['ENOSPC', 'EROFS', 'EACCES'],
  writeFile: ['ENOSPC', 'EROFS', 'EMFILE'],
  rename: ['ENOSPC', 'EROFS', 'EIO'],
  link: ['ENOSPC', 'EROFS', 'EMLINK'],
  listen: ['EIO'],
}

export function faultsOf(call: Call): Fault[] {
  const faults: Fault[] = (ERRNOS[call.op] ?? []).map(errno => ({ errno }))
  // A write that runs out of space has made its file already.
  if (call.op === 'writeFile') faults.push({ errno: 'ENOSPC', partly: sys => leaveEmpty(sys, String(call.args[0])) })
  return faults
}

function leaveEmpty(sys: ProgramSys, path: string): void {
  try {
    sys.writeFile(path, new Uint8Array(), 0o644)
  } catch (error) {
    // Then the call would have failed for another reason, which the world shows by itself.
    if (!(error instanceof SysError)) throw error
  }
}
