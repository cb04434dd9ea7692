import { hostTree } from '@nvmf/controllers'
import type { HostFiles } from '../host-identity.ts'

const MOST_BYTES = 4096

/** {@link HostFiles} on Node's file system. @param root where the host's file system begins */
export function nodeFiles(root: string): HostFiles {
  const { text, bytes } = hostTree(root)
  return { readText: path => text(path, MOST_BYTES), readBytes: path => bytes(path, MOST_BYTES) }
}
