import type { SysfsReader } from '../src/sysfs.ts'

const failure = (code: string): Error => Object.assign(new Error(code), { code })

/** A file system in an object: a directory is an object, a file its text, and a number or an errno's name fails so. */
export interface Tree {
  [name: string]: Tree | string | Error
}

/** sysfs made of a {@link Tree}; `calls` sees every path that is asked for and may change the tree. */
export function treeSysfs(tree: Tree, calls: (path: string) => void = () => {}): SysfsReader {
  const inodes = new Map<object, string>()
  const at = (path: string): Tree | string => {
    calls(path)
    let node: Tree | string | Error | undefined = tree
    for (const name of path.split('/').filter(part => part !== '')) {
      if (typeof node === 'string') throw failure('ENOTDIR')
      node = node instanceof Error ? undefined : node?.[name]
      if (node instanceof Error) throw node
      if (node === undefined) throw failure('ENOENT')
    }
    return node
  }
  return {
    readdir(path) {
      const node = at(path)
      if (typeof node === 'string') throw failure('ENOTDIR')
      return Object.keys(node)
    },
    readText(path) {
      const node = at(path)
      if (typeof node !== 'string') throw failure('EISDIR')
      return node
    },
    inode(path) {
      const node = at(path) as object
      if (!inodes.has(node)) inodes.set(node, String(1000 + inodes.size))
      return inodes.get(node) as string
    },
  }
}

export const errno = failure

/** A host with these directories below /sys/class/nvme. */
export const hostWith = (nvme: Tree, subsystems: Tree = {}): Tree => ({
  sys: { class: { nvme, 'nvme-subsystem': subsystems } },
})
