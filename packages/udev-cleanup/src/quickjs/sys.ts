import * as os from 'qjs:os'
import * as std from 'qjs:std'
import { type Fd, type FileInfo, type FileRead, noProc, type ReapSys } from '@nvmf/registry-core/protocol'
import { EISDIR, ERRNO, ESRCH, MACHINE } from './linux.ts'

/** The clean-up's system calls on QuickJS, whose own return -errno; here they throw, as the port says. */
export function quickjsSys(): ReapSys {
  return {
    openDir: path => {
      proveProc()
      const flags = os.O_RDONLY | MACHINE.O_DIRECTORY | MACHINE.O_NOFOLLOW | MACHINE.O_CLOEXEC
      return checked(os.open(path, flags), 'open', path)
    },
    close: fd => void checked(os.close(fd), 'close', String(fd)),
    stat,
    readFile,
    readdir: (path, prefix = '') => {
      const [names, errno] = os.readdir(path)
      checked(-errno, 'readdir', path)
      return names.filter(name => name !== '.' && name !== '..' && name.startsWith(prefix))
    },
    unlink,
    symlink: (target, path) => void checked(os.symlink(target, path), 'symlink', path),
    readlink: path => {
      const [target, errno] = os.readlink(path)
      checked(-errno, 'readlink', path)
      return target
    },
    // remove(3) of "name/" is exactly rmdir(2).
    rmdir: path => void checked(os.remove(`${path}/`), 'rmdir', path),
    isGone: pid => os.kill(pid, 0) === -ESRCH,
  }
}

let proven = false

/** Proves, once, that /proc/self/fd leads to what this process has open. There is no fstat: so by what no process replaces. */
function proveProc(): void {
  if (proven) return
  const fd = checked(os.open('/', os.O_RDONLY), 'open', '/')
  const [meant] = os.stat('/')
  const [found] = os.stat(`/proc/self/fd/${fd}/.`)
  os.close(fd)
  if (found === null || found.dev !== meant?.dev || found.ino !== meant.ino) throw noProc()
  proven = true
}

function stat(path: string): FileInfo {
  const [info, errno] = os.stat(path)
  if (info === null) throw failure(errno, 'stat', path)
  const type = info.mode & os.S_IFMT
  return { kind: type === os.S_IFREG ? 'file' : type === os.S_IFDIR ? 'dir' : 'other', ino: String(info.ino) }
}

/** remove(3) goes on to rmdir(2) where unlink(2) refuses a directory, so that is asked first. */
function unlink(path: string): void {
  const [info] = os.lstat(path)
  if (info !== null && (info.mode & os.S_IFMT) === os.S_IFDIR) throw failure(EISDIR, 'unlink', path)
  checked(os.remove(path), 'unlink', path)
}

function readFile(path: string, limit: number): FileRead {
  const flags = os.O_RDONLY | MACHINE.O_NOFOLLOW | MACHINE.O_NONBLOCK | MACHINE.O_CLOEXEC
  const fd: Fd = checked(os.open(path, flags), 'open', path)
  try {
    if (stat(`/proc/self/fd/${fd}`).kind !== 'file') return { kind: 'other' }
    const buffer = new ArrayBuffer(limit)
    let length = 0
    while (length < limit) {
      const got = checked(os.read(fd, buffer, length, limit - length), 'read', path)
      if (got === 0) break
      length += got
    }
    return { kind: 'file', bytes: new Uint8Array(buffer, 0, length) }
  } finally {
    os.close(fd)
  }
}

function checked(result: number, call: string, path: string): number {
  if (result < 0) throw failure(-result, call, path)
  return result
}

function failure(errno: number, call: string, path: string): Error {
  const code = ERRNO[errno] ?? `E${errno}`
  return Object.assign(new Error(`${code}: ${std.strerror(errno)}, ${call} '${path}'`), { code })
}
