import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import type { SysfsReader } from '../sysfs.ts'

const ATTRIBUTE_BYTES = 4096
/** Reused: a host with a thousand controllers has ten thousand attributes, and a new one for each is collected for longer than it is read. */
const buffer = Buffer.alloc(ATTRIBUTE_BYTES)

/** {@link SysfsReader} on Node's file system. */
export const nodeSysfs: SysfsReader = {
  readdir: path => readdirSync(path),
  readText(path) {
    const fd = openSync(path, 'r')
    try {
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, ATTRIBUTE_BYTES, null))
    } finally {
      closeSync(fd)
    }
  },
  inode: path => statSync(path, { bigint: true }).ino.toString(),
}
