import type { SysfsReader } from '../sysfs.ts'
import { hostTree } from './host-tree.ts'

/** An attribute has at most a page (sysfs_emit() in fs/sysfs/file.c), and the largest that Linux is built with is this. */
const PAGE_BYTES = 65_536

/** {@link SysfsReader} on Node's file system. */
export function sysfsBelow(root: string): SysfsReader {
  const { names, text, inode } = hostTree(root)
  return { readdir: names, readText: path => text(path, PAGE_BYTES), inode }
}
