import { errnoOf } from '@nvmf/controllers'

/**
 * What is needed of /proc and /sys: two synchronous calls. A failing one throws an object whose `code` is the errno's
 * name (`ENOENT`), as Node's own errors do.
 */
export interface HostFiles {
  /** Names without `.` and `..`. */
  names(path: string): string[]
  /** All of it. */
  text(path: string): string
}

/** The file went, or its device did, or it was never there. Any other error leaves open what it says. */
const ABSENT = ['ENOENT', 'ENODEV', 'ENXIO', 'ENOTDIR']

/** Runs `call`; `otherwise` for what is not there. */
export function ifThere<T>(call: () => T, otherwise: T): T {
  try {
    return call()
  } catch (error) {
    if (ABSENT.includes(errnoOf(error) ?? '')) return otherwise
    throw error
  }
}
