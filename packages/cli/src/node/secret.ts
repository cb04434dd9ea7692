import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const OTHERS_READ = 0o004

/**
 * Reads a file, or standard input, up to so many bytes; a pipe (`@/dev/fd/63`) will do. Throws the system's error.
 * `exposed`: it is a file that everybody may read.
 */
export function readSecret(path: string | undefined, bytes: number): { text: string; exposed: boolean } {
  const fd = path === undefined ? 0 : openSync(path, 'r')
  try {
    const found = fstatSync(fd)
    const buffer = Buffer.alloc(bytes)
    let length = 0
    while (length < bytes) {
      const count = readSync(fd, buffer, length, bytes - length, null)
      if (count === 0) break
      length += count
    }
    return { text: buffer.toString('utf8', 0, length), exposed: found.isFile() && (found.mode & OTHERS_READ) !== 0 }
  } finally {
    if (path !== undefined) closeSync(fd)
  }
}

/** What ps(1) and /proc show of this process from now on: its title is written over all of its arguments. */
export function hideArguments(): void {
  process.title = 'nvmf connect'
}
