import * as fs from 'node:fs'
import type { FileInfo, Sys } from '../sys.ts'
import { PID_NAMESPACE, startTimeIn, writerToken } from '../writer-token.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants

/** The protocol's system calls on Node: synchronous, one of each, nothing kept but this process's own name. */
export function nodeSys(): Sys {
  let self: Parameters<typeof writerToken>[0] | undefined
  const sys: Sys = {
    openDir: path => fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
    openNode: path => fs.openSync(path, O_RDONLY | O_NONBLOCK),
    close: fd => fs.closeSync(fd),
    stat: path => info(fs.statSync(path, { bigint: true })),
    readFile: (path, limit) => {
      const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        if (!fs.fstatSync(fd).isFile()) return { kind: 'other' }
        return { kind: 'file', bytes: readUpTo(fd, limit) }
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
      self ??= {
        pidNamespace: sys.stat(PID_NAMESPACE).ino,
        pid: String(process.pid),
        startTime: startTimeIn(sys, '/proc/self/stat'),
      }
      // node:crypto would cost every start 9 ms; the clock and a few random bits tell this process's threads apart.
      return writerToken(self, process.hrtime.bigint().toString(36) + Math.random().toString(36).slice(2, 8))
    },
  }
  return sys
}

function readUpTo(fd: number, limit: number): Uint8Array {
  const buffer = Buffer.alloc(limit)
  let length = 0
  while (length < limit) {
    const got = fs.readSync(fd, buffer, length, limit - length, null)
    if (got === 0) break
    length += got
  }
  return buffer.subarray(0, length)
}

function info(stat: fs.BigIntStats): FileInfo {
  return { kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'dir' : 'other', ino: stat.ino.toString() }
}
