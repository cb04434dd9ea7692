import { ControllersError, errnoOf } from './errors.ts'

/**
 * What the inventory needs from a file system: three synchronous calls. sysfs answers in microseconds, and one pass
 * without waiting in between gives the most coherent picture that can be had without a lock.
 *
 * A failing call throws an object whose `code` is the errno's name (`ENOENT`), as Node's own errors do.
 */
export interface SysfsReader {
  /** Names without `.` and `..`: ENOENT, ENOTDIR, EACCES. */
  readdir(path: string): string[]
  /** At most 4096 bytes, one read, as sysfs shows an attribute: ENOENT, ENODEV and whatever else its driver returns. */
  readText(path: string): string
  /** The inode number behind the path, links followed, in decimal digits (64 bits wide: a string): ENOENT. */
  inode(path: string): string
}

/** Trouble of this process, not of the file that it reads: never taken for "the attribute is not there". */
const OUR_OWN = ['EMFILE', 'ENFILE', 'ENOMEM']

/**
 * One attribute without its trailing blanks; undefined if it is empty or cannot be had. A driver's attribute may fail
 * with any errno while its controller goes away, so which one it is tells nothing.
 */
export function attribute(sysfs: SysfsReader, path: string): string | undefined {
  const text = unlessErrno(() => sysfs.readText(path))?.trimEnd()
  return text === '' ? undefined : text
}

/** Runs `call`; undefined for a system error that is about the file. @throws ControllersError `io` */
export function unlessErrno<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    if (OUR_OWN.includes(errno)) throw new ControllersError('io', `sysfs cannot be read (${errno})`, { cause: error })
    return undefined
  }
}
