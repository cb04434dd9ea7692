import { hostTree } from '@nvmf/controllers'
import type { HostFiles } from '../host-files.ts'

/** More than the mounts of any host take in /proc/self/mountinfo. */
const MOST_BYTES = 16 * 1024 * 1024

/** {@link HostFiles} on Node's file system. */
export function hostFilesBelow(root: string): HostFiles {
  const { names, text } = hostTree(root)
  return { names, text: path => text(path, MOST_BYTES) }
}
