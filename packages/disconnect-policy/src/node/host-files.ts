import { readdirSync, readFileSync } from 'node:fs'
import type { HostFiles } from '../host-files.ts'

/** {@link HostFiles} on Node's file system. */
export const nodeHostFiles: HostFiles = {
  names: path => readdirSync(path),
  text: path => readFileSync(path, 'utf8'),
}
