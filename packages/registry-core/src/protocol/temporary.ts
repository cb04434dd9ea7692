import { RegistryError } from '../errors.ts'
import { FILE_MODE, temporary, within } from '../layout.ts'
import { errnoOf, type Fd, type Sys } from '../sys.ts'

/** Gives an attribute its value in one step for every reader: a file under a name that readers skip, then rename or link. */

/** Gives an attribute a value. */
export function replace(sys: Sys, dir: Fd, name: string, bytes: Uint8Array): void {
  withTemporary(sys, dir, name, bytes, path => sys.rename(path, within(dir, name)))
}

/** Gives an attribute its first value; false if it has one. link(2) is the compare-and-set: one of two writers gets it. */
export function setOnce(sys: Sys, dir: Fd, name: string, bytes: Uint8Array, may: () => boolean = () => true): boolean {
  return withTemporary(sys, dir, name, bytes, path => may() && linkOnce(sys, path, within(dir, name)))
}

/** Gives a file a second name; false if that is taken. */
export function linkOnce(sys: Sys, from: string, to: string): boolean {
  try {
    sys.link(from, to)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw linkFailure(error)
  }
}

/** Runs `use` with the path of a file that holds the value; what is left of it is removed. */
function withTemporary<T>(sys: Sys, dir: Fd, name: string, bytes: Uint8Array, use: (path: string) => T): T {
  const path = within(dir, temporary(name, sys.token()))
  try {
    sys.writeFile(path, bytes, FILE_MODE)
    return use(path)
  } finally {
    // After a rename there is nothing left to remove; the error that counts is the one on its way.
    tryUnlink(sys, path)
  }
}

export function tryUnlink(sys: Sys, path: string): void {
  try {
    sys.unlink(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

export function symlink(sys: Sys, target: string, path: string): void {
  try {
    sys.symlink(target, path)
  } catch (error) {
    throw linkFailure(error)
  }
}

/** EPERM of link(2) and symlink(2) is no matter of permission: the file system has no such links (link(2), symlink(2)). */
function linkFailure(error: unknown): unknown {
  if (!['EPERM', 'ENOSYS', 'EOPNOTSUPP', 'ENOTSUP'].includes(errnoOf(error) ?? '')) return error
  return new RegistryError(
    'io',
    'the registry is on a file system that has no hard or symbolic links: put it on a tmpfs',
  )
}
