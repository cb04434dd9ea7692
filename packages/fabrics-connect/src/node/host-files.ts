import { closeSync, openSync, readSync } from 'node:fs'
import { nodeSysfs } from '@nvmf/controllers'
import type { HostFiles } from '../host-identity.ts'

const BYTES = 4096

/** {@link HostFiles} on Node's file system. */
export const nodeFiles: HostFiles = {
  readText: path => nodeSysfs.readText(path),
  readBytes(path) {
    const fd = openSync(path, 'r')
    try {
      const buffer = new Uint8Array(BYTES)
      return buffer.subarray(0, readSync(fd, buffer, 0, BYTES, null))
    } finally {
      closeSync(fd)
    }
  },
}
