import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { noProc } from '../errors.ts'
import { itself } from '../layout.ts'

let proven = false

/**
 * Opens a directory. The first one of the process proves that /proc/self/fd leads to what is open: without that (a chroot
 * without /proc, the /proc of another pid namespace) every look through it would say "not there".
 *
 * @throws `no-proc`
 */
export function openProven(path: string, flags: number): number {
  const fd = openSync(path, flags)
  if (proven) return fd
  try {
    const [meant, found] = [fstatSync(fd, { bigint: true }), statSync(`${itself(fd)}/.`, { bigint: true })]
    if (meant.dev !== found.dev || meant.ino !== found.ino) throw noProc()
    proven = true
    return fd
  } catch (error) {
    closeSync(fd)
    throw error instanceof Error && 'errno' in error ? noProc(error) : error
  }
}
