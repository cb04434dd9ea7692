import { lstatSync, readlinkSync } from 'node:fs'
import { type Confine, confinement, type Look } from '../confinement.ts'

export { type Confine, isHostRoot } from '../confinement.ts'

/** With lstat(2) first: readlink(2) of what is no link is an error, which costs Node more than both calls. */
export const nodeLook: Look = path => {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'nothing'
  return found.isSymbolicLink() ? { link: readlinkSync(path) } : 'other'
}

/** {@link confinement} on Node's file system. */
export const confineBelow = (root: string): Confine => confinement(root, nodeLook)
