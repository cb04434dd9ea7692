import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { type Confine, confineBelow, isHostRoot } from '@nvmf/registry-core/confinement'
import type { OpenDevice } from '../device-file.ts'
import { errnoOf } from '../errors.ts'

/**
 * A host's files, read with bounds. Paths are complete: already below the root. No link is followed out of a root other
 * than `/` (EXDEV), and there no special file is opened.
 *
 * A failing call throws an object whose `code` is the errno's name (`ENOENT`), as Node's own errors do. What our own checks
 * found has a `reason` in words too.
 */
export interface HostTree {
  /** Names without `.` and `..`. */
  names(path: string): string[]
  /** All of a regular file. EINVAL: it is no regular file; EFBIG: it has more bytes than `most`. */
  bytes(path: string, most: number): Buffer
  /** The same, decoded as UTF-8. */
  text(path: string, most: number): string
  /** The inode number behind the path, links followed, in decimal digits. */
  inode(path: string): string
  /** The path to use in other calls. */
  readonly at: Confine
}

/** @param root where the host's file system begins: `/`, or the directory of a virtual host or captured tree */
export function hostTree(root: string): HostTree {
  const at = confineBelow(root)
  // Of this host's own files the type is told by the open one. Elsewhere opening a device may be an act.
  const read = isHostRoot(root)
    ? regularFile
    : (path: string, most: number) => {
        const there = at(path)
        if (!statSync(there).isFile()) throw notRegular(path)
        return regularFile(there, most)
      }
  return {
    at,
    bytes: (path, most) => Buffer.from(read(path, most)),
    names: path => readdirSync(at(path)),
    text: (path, most) => read(path, most).toString('utf8'),
    inode: path => statSync(at(path), { bigint: true }).ino.toString(),
  }
}

/** The same for devices: an {@link OpenDevice} that follows no link out of `root`. */
export const confineDevices =
  (root: string, open: OpenDevice): OpenDevice =>
  async (path, mode) =>
    open(confineBelow(root)(path), mode)

const { O_RDONLY, O_NONBLOCK } = constants

/** Reused and grown, because a new one costs more than the read. */
let buffer = Buffer.allocUnsafeSlow(4097)

/** @returns a view of a buffer that the next call uses again */
function regularFile(path: string, most: number): Buffer {
  const fd = opened(path)
  try {
    if (!fstatSync(fd).isFile()) throw notRegular(path)
    let length = 0
    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length)
      const got = readSync(fd, buffer, length, buffer.length - length, null)
      if (got === 0) return buffer.subarray(0, length)
      length += got
      if (length > most) throw failure('EFBIG', `more than ${most} bytes`, path)
    }
  } finally {
    closeSync(fd)
  }
}

/** Without waiting for the writer of a FIFO. */
function opened(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK)
  } catch (error) {
    // Said of a socket and of a device without a driver; of a regular file it says that its device is gone.
    const special = errnoOf(error) === 'ENXIO' || errnoOf(error) === 'ENODEV'
    if (special && statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw notRegular(path)
    throw error
  }
}

const notRegular = (path: string): Error => failure('EINVAL', 'not a regular file', path)

const failure = (code: string, reason: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${reason}, read '${path}'`), { code, path, reason })
