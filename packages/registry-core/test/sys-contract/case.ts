import { errnoOf, type Sys } from '../../src/sys.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/utf8.ts'

/** What an implementation's test has to bring, because the port has no call for it. */
export interface ContractHelpers {
  makeFifo(path: string): void
  makeSymlink(target: string, path: string): void
  /** Permission bits, or undefined for an implementation that has none. */
  modeOf(path: string): number | undefined
  withUmask(mask: number, use: () => void): void
}

export interface ContractCase {
  readonly name: string
  /** @param dir an empty directory */
  run(sys: Sys, dir: string, helpers: ContractHelpers): void
}

/** The errno of a failing call, or 'fine'. What is not an errno is thrown on: an implementation may not invent errors. */
export function outcome(call: () => unknown): string {
  try {
    call()
    return 'fine'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return errno
  }
}

export const write = (sys: Sys, path: string, text = 'text\n'): void => sys.writeFile(path, encodeUtf8(text), 0o644)
export const read = (sys: Sys, path: string, limit = 100): string | undefined => {
  const file = sys.readFile(path, limit)
  return file.kind === 'file' ? decodeUtf8(file.bytes) : undefined
}
export const names = (sys: Sys, dir: string): string[] => sys.readdir(dir).toSorted()

/** Runs with a directory open, and closes it. */
export function opened(sys: Sys, path: string, use: (fd: number) => void): void {
  const fd = sys.openDir(path)
  try {
    use(fd)
  } finally {
    sys.close(fd)
  }
}
