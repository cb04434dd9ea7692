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
  /** All of an attribute, which sysfs makes at the first read: ENOENT, ENODEV and whatever else its driver returns. */
  readText(path: string): string
  /** The inode number behind the path, links followed, in decimal digits (64 bits wide: a string): ENOENT. */
  inode(path: string): string
}

/** Everything is read below `root`, which is `/` unless said otherwise. */
export interface Where {
  readonly root: string
  readonly sysfs: SysfsReader
}

/** Trouble of this process, not of the file that it reads: never taken for "the attribute is not there". */
const OUR_OWN = ['EMFILE', 'ENFILE', 'ENOMEM']
/** Said of a link that leads out of the root. What is behind it was not looked at. */
const OUTSIDE = 'EXDEV'
/**
 * How the kernel prints a pointer to nothing, and one into nothing (check_pointer() in lib/vsprintf.c). A controller
 * whose first connect is under way has no subsystem yet, and its `subsysnqn`, `model`, `serial` and `firmware_rev`
 * read `(efault)` (measured, 6.12).
 */
const NOTHING = ['', '(null)', '(efault)']
/** A name that changes hands this often while it is being read is given up for gone. */
const READ_ATTEMPTS = 8

/**
 * One attribute without its trailing blanks; undefined if it is empty or cannot be had. A driver's attribute may fail
 * with any errno while its controller goes away, so which one it is tells nothing.
 */
export function attribute(sysfs: SysfsReader, path: string): string | undefined {
  try {
    const text = sysfs.readText(path).trimEnd()
    return NOTHING.includes(text) ? undefined : text
  } catch (error) {
    return errnoOf(error) === OUTSIDE ? undefined : notThere(error)
  }
}

/** A number of an attribute: 4096 for `4096`; undefined for what is not one, `-1` included, or is beyond 2^53 - 1. */
export function decimal(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return undefined
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

/** The names in a directory; none if there is no such directory. @throws ControllersError `io` */
export const namesIn = (sysfs: SysfsReader, path: string): string[] => unlessErrno(() => sysfs.readdir(path)) ?? []

/**
 * Reads what a directory shows, so that all of it is about one and the same directory: sysfs never gives an inode
 * number away again, so the same one before and after proves it. Undefined if the directory is not there, or goes.
 */
export function steady<T>(sysfs: SysfsReader, directory: string, read: (inode: string) => T): T | undefined {
  const inodeNow = (): string | undefined => unlessErrno(() => sysfs.inode(`${directory}/`))
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
    const inode = inodeNow()
    if (inode === undefined) return undefined
    const found = read(inode)
    if (inodeNow() === inode) return found
  }
  return undefined
}

/** Runs `call`; undefined for a system error that is about the file. @throws ControllersError `io` */
export function unlessErrno<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    return notThere(error)
  }
}

function notThere(error: unknown): undefined {
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  if (errno === OUTSIDE) throw new ControllersError('io', (error as Error).message, { cause: error })
  if (OUR_OWN.includes(errno)) throw new ControllersError('io', `sysfs cannot be read (${errno})`, { cause: error })
}
