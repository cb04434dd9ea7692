import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { below, hostTree } from '@nvmf/controllers'
import type { KernelLog } from '../kernel-log.ts'

const RECORD_BYTES = 8192
/** More than any ring buffer holds: a log that is written faster than it is read is not followed. */
const RECORDS_MAX = 100_000

/**
 * Opens a host's /dev/kmsg at its end: what is read from it later was logged later. undefined where there is none that this user
 * may read, which is no reason to fail.
 *
 * Node cannot seek, so the end is reached by reading, some microseconds a record.
 */
export function openKernelLog(root: string, log: `/${string}` = '/dev/kmsg'): KernelLog | undefined {
  let fd: number
  try {
    const path = hostTree(root).at(below(root, log), 'keep')
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch {
    return undefined
  }
  const buffer = Buffer.allocUnsafe(RECORD_BYTES)
  const next = (): string | undefined => {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return buffer.toString('utf8', 0, readSync(fd, buffer, 0, RECORD_BYTES, null))
      } catch (error) {
        // EPIPE: records were overwritten before we came to them; the next read goes on behind the gap.
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return undefined
      }
    }
    return undefined
  }
  const rest = (): string[] => {
    const records: string[] = []
    for (let record = next(); record !== undefined && record !== ''; record = next()) {
      if (records.push(record) >= RECORDS_MAX) break
    }
    return records
  }
  // A virtual host's is a plain file with what was written to it, not the kernel's own words.
  if (!fstatSync(fd).isCharacterDevice()) {
    closeSync(fd)
    return undefined
  }
  rest()
  return { records: rest, close: () => closeSync(fd) }
}
