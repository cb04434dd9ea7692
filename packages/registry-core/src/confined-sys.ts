import { type Confine, confinement, isHostRoot, type Look } from './confinement.ts'
import { RegistryError } from './errors.ts'
import { errnoOf, type FileRead, type ReapSys, type Sys } from './sys.ts'

/**
 * The same system calls for a registry below `root`: they follow no link that leads out of it ({@link confinement}), and
 * open no special file to find out that it is one. Paths of the process's own /proc stay as they are. For the root `/` it
 * is `sys` itself.
 *
 * A link that leads out is thrown as `damaged`, whatever the call.
 *
 * @param look what is at a path; asked of `sys` unless the runtime has a faster way
 */
export function confinedSys(sys: Sys, root: string, look: Look = lookOf(sys)): Sys {
  if (isHostRoot(root)) return sys
  const at = saying(confinement(root, look))
  return {
    ...reapCalls(sys, at),
    mkdir: (path, mode) => sys.mkdir(at(path, 'keep'), mode),
    writeFile: (path, bytes, mode) => sys.writeFile(at(path, 'keep'), bytes, mode),
    rename: (from, to) => sys.rename(at(from, 'keep'), at(to, 'keep')),
    link: (from, to) => sys.link(at(from, 'keep'), at(to, 'keep')),
    openNode: path => sys.openNode(at(path)),
    token: () => sys.token(),
  }
}

/** {@link confinedSys} for programs that only look and remove. */
export const confinedReapSys = (sys: ReapSys, root: string): ReapSys =>
  isHostRoot(root) ? sys : reapCalls(sys, saying(confinement(root, lookOf(sys))))

const reapCalls = (sys: ReapSys, at: Confine): ReapSys => ({
  openDir: path => sys.openDir(at(path, 'keep')),
  close: fd => sys.close(fd),
  stat: path => sys.stat(at(path)),
  readFile: (path, limit) => readFile(sys, at(path, 'keep'), limit),
  readdir: (path, prefix) => sys.readdir(at(path), prefix),
  unlink: path => sys.unlink(at(path, 'keep')),
  symlink: (target, path) => sys.symlink(target, at(path, 'keep')),
  readlink: path => sys.readlink(at(path, 'keep')),
  rmdir: path => sys.rmdir(at(path, 'keep')),
  isGone: pid => sys.isGone(pid),
})

/** Opening a device is an act: a tape rewinds, a watchdog starts. */
function readFile(sys: ReapSys, path: string, limit: number): FileRead {
  try {
    if (sys.stat(path).kind === 'other') return { kind: 'other' }
  } catch (error) {
    // Not there, or a link that leads nowhere: the call itself tells which.
    if (errnoOf(error) === undefined) throw error
  }
  return sys.readFile(path, limit)
}

const saying =
  (at: Confine): Confine =>
  (path, last) => {
    try {
      return at(path, last)
    } catch (error) {
      if (errnoOf(error) !== 'EXDEV') throw error
      throw new RegistryError('damaged', (error as Error).message.replace(/^EXDEV: /, ''), { cause: error })
    }
  }

const lookOf =
  (sys: ReapSys): Look =>
  path => {
    try {
      return { link: sys.readlink(path) }
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'EINVAL') return 'other'
      if (errno === 'ENOENT' || errno === 'ENOTDIR') return 'nothing'
      throw error
    }
  }
