import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { SysfsReader } from '../sysfs.ts'

/** {@link SysfsReader} on Node's file system. */
export const nodeSysfs: SysfsReader = {
  readdir: path => readdirSync(path),
  readText: path => readFileSync(path, 'utf8'),
  inode: path => statSync(path, { bigint: true }).ino.toString(),
}
