import * as fs from 'node:fs'
import type { FileInfo, Sys } from '../sys.ts'
import { PID_NAMESPACE, startTimeIn, writerToken } from '../writer-token.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** What is kept of the process: its name as a writer, which never changes, and how many tokens had it. */
let self: string | undefined
let tokens = 0
/** Reused, because a new one costs more than the read; safe, because nothing happens between a read and its copy. */
let buffer = new Uint8Array(0)

/** The protocol's system calls on Node: synchronous, one of each. */
export function nodeSys(): Sys {
  const sys: Sys = {
    openDir: path => fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
    openNode: path => fs.openSync(path, O_RDONLY | O_NONBLOCK),
    close: fd => fs.closeSync(fd),
    stat: path => info(fs.statSync(path, { bigint: true })),
    readFile: (path, limit) => {
      const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        if (!fs.fstatSync(fd).isFile()) return { kind: 'other' }
        if (buffer.length < limit) buffer = new Uint8Array(limit)
        return { kind: 'file', bytes: buffer.slice(0, readInto(buffer, fd, limit)) }
      } finally {
        fs.closeSync(fd)
      }
    },
    readdir: path => fs.readdirSync(path),
    unlink: path => fs.unlinkSync(path),
    symlink: (target, path) => fs.symlinkSync(target, path),
    readlink: path => fs.readlinkSync(path),
    rmdir: path => fs.rmdirSync(path),
    mkdir: (path, mode) => {
      fs.mkdirSync(path, mode)
      fs.chmodSync(path, mode)
    },
    writeFile: (path, bytes, mode) => {
      const fd = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
      try {
        for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done)
        fs.fchmodSync(fd, mode)
      } finally {
        fs.closeSync(fd)
      }
    },
    rename: (from, to) => fs.renameSync(from, to),
    link: (from, to) => fs.linkSync(from, to),
    token: () => {
      self ??= writerToken(
        {
          pidNamespace: sys.stat(PID_NAMESPACE).ino,
          pid: String(process.pid),
          startTime: startTimeIn(sys, '/proc/self/stat'),
        },
        unlikely(),
      )
      // A capital, which no number has in base 36: what stands before it and behind it cannot run together.
      return `${self}N${(tokens++).toString(36)}`
    },
  }
  return sys
}

/** Tells this thread from others of the process. node:crypto would cost every start 9 ms. */
const unlikely = (): string => process.hrtime.bigint().toString(36) + Math.random().toString(36).slice(2, 8)

/** @returns how many bytes there were, at most `limit` */
function readInto(bytes: Uint8Array, fd: number, limit: number): number {
  let length = 0
  while (length < limit) {
    const got = fs.readSync(fd, bytes, length, limit - length, null)
    if (got === 0) break
    length += got
  }
  return length
}

function info(stat: fs.BigIntStats): FileInfo {
  return { kind: stat.isDirectory() ? 'dir' : stat.isFile() ? 'file' : 'other', ino: stat.ino.toString() }
}
