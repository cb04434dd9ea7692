import * as fs from 'node:fs'
import { errnoOf } from '../src/sys.ts'
import { isOpen, type Recorded } from './trace.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** One for all reads: allocating costs more than reading. */
const buffer = new Uint8Array(8192)

/**
 * The same system calls on the same files, with nothing around them: what a program would pay that knows beforehand what
 * it will find. Descriptors get the numbers that they had when the trace was recorded, because they are the lowest free ones.
 */
const CALLS: Readonly<Record<string, (a: never, b: never, c: never) => unknown>> = {
  openDir: (path: string) => fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
  openNode: (path: string) => fs.openSync(path, O_RDONLY | O_NONBLOCK),
  close: (fd: number) => fs.closeSync(fd),
  stat: (path: string) => fs.statSync(path, { bigint: true }),
  readFile: (path: string, limit: number) => {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    fs.fstatSync(fd)
    fs.readSync(fd, buffer, 0, limit, null)
    fs.closeSync(fd)
  },
  readdir: (path: string) => fs.readdirSync(path),
  unlink: (path: string) => fs.unlinkSync(path),
  rmdir: (path: string) => fs.rmdirSync(path),
  mkdir: (path: string, mode: number) => {
    fs.mkdirSync(path, mode)
    fs.chmodSync(path, mode)
  },
  writeFile: (path: string, bytes: Uint8Array, mode: number) => {
    const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
    fs.writeSync(fd, bytes)
    fs.fchmodSync(fd, mode)
    fs.closeSync(fd)
  },
  rename: (from: string, to: string) => fs.renameSync(from, to),
  link: (from: string, to: string) => fs.linkSync(from, to),
  symlink: (target: string, path: string) => fs.symlinkSync(target, path),
  readlink: (path: string) => fs.readlinkSync(path),
}

/** Milliseconds for the whole trace. */
export function replay(trace: readonly Recorded[]): number {
  const begun = performance.now()
  for (const { op, args } of trace) {
    try {
      CALLS[op]?.(args[0] as never, args[1] as never, args[2] as never)
    } catch {
      // It failed when it was recorded, too: an error is an answer.
    }
  }
  return performance.now() - begun
}

/** Makes the calls of the trace and looks at what each gives, so that what is compared is known to be the same. */
export function verify(trace: readonly Recorded[]): void {
  for (const [i, { op, args, gave }] of trace.entries()) {
    let gives: unknown
    try {
      const result = CALLS[op]?.(args[0] as never, args[1] as never, args[2] as never)
      if (isOpen(op)) gives = result
    } catch (error) {
      gives = String(errnoOf(error))
    }
    if (gives !== gave) throw new Error(`call ${i}, ${op} ${String(args[0])}: gives ${gives} and not ${gave}`)
  }
}
