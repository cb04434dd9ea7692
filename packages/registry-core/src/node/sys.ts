// By name: a bundle would copy all of `fs` for an import of the whole.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { errnoOf, type FileInfo, type Sys } from '../sys.ts'
import { PID_NAMESPACE, writerToken } from '../writer-token.ts'
import { openProven } from './proven.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants
const { S_IFMT, S_IFDIR, S_IFREG } = constants

/** What is kept of the process: its name as a writer, which never changes, and how many tokens had it. */
let self: string | undefined
let tokens = 0
/** Reused, because a new one costs more than the read; safe, because nothing happens between a read and its copy. */
let buffer = new Uint8Array(0)

/** The protocol's system calls on Node: synchronous, one of each. */
export function nodeSys(): Sys {
  const sys: Sys = {
    openDir: path => openProven(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
    openNode: path => openSync(path, O_RDONLY | O_NONBLOCK),
    close: fd => closeSync(fd),
    stat: path => info(statSync(path, { bigint: true })),
    readFile: (path, limit) => {
      const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        if (!fstatSync(fd).isFile()) return { kind: 'other' }
        if (buffer.length < limit) buffer = new Uint8Array(limit)
        return { kind: 'file', bytes: buffer.slice(0, readSync(fd, buffer, 0, limit, null)) }
      } finally {
        closeSync(fd)
      }
    },
    readdir: (path, prefix) => {
      const names = readdirSync(path)
      return prefix === undefined ? names : names.filter(name => name.startsWith(prefix))
    },
    unlink: path => unlinkSync(path),
    symlink: (target, path) => symlinkSync(target, path),
    readlink: path => readlinkSync(path),
    rmdir: path => rmdirSync(path),
    mkdir: (path, mode) => {
      mkdirSync(path, mode)
      chmodSync(path, mode)
    },
    writeFile: (path, bytes, mode) => {
      const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
        fchmodSync(fd, mode)
      } finally {
        closeSync(fd)
      }
    },
    isGone,
    rename: (from, to) => renameSync(from, to),
    link: (from, to) => linkSync(from, to),
    token: () => {
      self ??= writerToken({ pidNamespace: sys.stat(PID_NAMESPACE).ino, pid: process.pid }, unlikely())
      // A capital, which no number has in base 36: what stands before it and behind it cannot run together.
      return `${self}N${(tokens++).toString(36)}`
    },
  }
  return sys
}

/** Tells this thread from others of the process. node:crypto would cost every start 9 ms. */
const unlikely = (): string => process.hrtime.bigint().toString(36) + Math.random().toString(36).slice(2, 8)

/** EPERM is the answer for a process of another user, which is there. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return errnoOf(error) === 'ESRCH'
  }
}

/** The mode as a number: isDirectory() and isFile() of these are as slow as the system call, and list asks for thousands. */
function info({ mode, ino }: BigIntStats): FileInfo {
  const type = Number(mode) & S_IFMT
  return { kind: type === S_IFDIR ? 'dir' : type === S_IFREG ? 'file' : 'other', ino: ino.toString() }
}
