import { itself } from '../layout.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import { withDir } from './entry-dir.ts'

/** The calls that change nothing. */
type LookSys = Pick<ReapSys, 'openDir' | 'close' | 'stat' | 'readFile' | 'readdir' | 'readlink' | 'isGone'>

/** What would have become of a name: nothing is there any more, or a symbolic link that says `link`. */
type Change = { readonly link?: string }
const GONE: Change = {}

/**
 * A cleaner's system calls that change nothing: what would be removed or made is only remembered, and shown to the cleaner
 * from then on as if it were. So a dry run is the very code that cleans, and its answer what that would have answered.
 *
 * It is given no call that writes. What it cannot tell is whether this process may write, and what others will do until
 * it does. `stat`, and `readdir` by name, show the world as it is: cleaners ask them for no name that they change.
 */
export function rehearsal(look: LookSys): ReapSys {
  /** By the inode of the directory, for its name may mean another one by then; then by name. */
  const changed = new Map<string, Map<string, Change>>()
  const changesIn = (dir: string): Map<string, Change> => {
    const { ino } = look.stat(dir)
    const changes = changed.get(ino) ?? new Map<string, Change>()
    changed.set(ino, changes)
    return changes
  }
  const changeOf = (path: string): Change | undefined => changesIn(parentOf(path)).get(nameOf(path))
  const become = (path: string, change: Change): unknown => changesIn(parentOf(path)).set(nameOf(path), change)

  const sys: ReapSys = {
    openDir: path => {
      const change = changeOf(path)
      if (change !== undefined) throw failed(change === GONE ? 'ENOENT' : 'ENOTDIR', path)
      return look.openDir(path)
    },
    close: fd => look.close(fd),
    stat: path => look.stat(path),
    isGone: pid => look.isGone(pid),
    readFile: (path, limit) => {
      const change = changeOf(path)
      if (change !== undefined) throw failed(change === GONE ? 'ENOENT' : 'ELOOP', path)
      return look.readFile(path, limit)
    },
    readdir: (path, prefix = '') => {
      const names = look.readdir(path, prefix)
      const changes = changesIn(path)
      const made = [...changes].flatMap(([name, change]) => (change !== GONE && name.startsWith(prefix) ? name : []))
      return [...names.filter(name => !changes.has(name)), ...made]
    },
    readlink: path => {
      const change = changeOf(path)
      if (change === undefined) return look.readlink(path)
      if (change.link === undefined) throw failed('ENOENT', path)
      return change.link
    },
    symlink: (target, path) => {
      if (kindOf(sys, path) !== 'absent') throw failed('EEXIST', path)
      become(path, { link: target })
    },
    unlink: path => {
      const kind = kindOf(sys, path)
      if (kind !== 'file') throw failed(kind === 'dir' ? 'EISDIR' : 'ENOENT', path)
      become(path, GONE)
    },
    rmdir: path => {
      const left = withDir(sys, sys.openDir(path), dir => sys.readdir(itself(dir)))
      if (left.length > 0) throw failed('ENOTEMPTY', path)
      become(path, GONE)
    },
  }
  return sys
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Whatever is no directory is a file here: a link, a FIFO. */
function kindOf(sys: ReapSys, path: string): 'dir' | 'file' | 'absent' {
  try {
    sys.close(sys.openDir(path))
    return 'dir'
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'absent'
    if (errnoOf(error) === 'ENOTDIR') return 'file'
    throw error
  }
}

const failed = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code })
