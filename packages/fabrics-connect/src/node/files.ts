import { closeSync, openSync, readSync } from 'node:fs'
import type { TextFiles } from '../host-identity.ts'

const LIMIT = 4096

/** {@link TextFiles} on Node's file system. */
export const nodeFiles: TextFiles = {
  readText(path) {
    const fd = openSync(path, 'r')
    try {
      const buffer = Buffer.allocUnsafe(LIMIT)
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, LIMIT, null))
    } finally {
      closeSync(fd)
    }
  },
}
