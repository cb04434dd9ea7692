import type { Announced } from '@nvmf/registry-core'
import type { Namespace } from './guard.ts'

/** Namespaces as they will be when other processes have disconnected what they announced. */
export interface Remaining {
  readonly namespaces: readonly Namespace[]
  /** The controllers among their paths that other processes have announced to disconnect, by name. */
  readonly pathsLeaving: readonly string[]
}

/**
 * Takes each path that another process is disconnecting for one that is not live: it is not a path that stays.
 *
 * Names decide, and not incarnations: between the look at a path and one at the incarnation behind its name the controller may
 * go. So a path at a number that was given away again meanwhile does not count either, until the announcement is withdrawn.
 */
export function remaining(namespaces: readonly Namespace[], { leaving }: Pick<Announced, 'leaving'>): Remaining {
  if (leaving.length === 0) return { namespaces, pathsLeaving: [] }
  const isLeaving = (device: string): boolean => leaving.some(devices => devices === undefined || devices.has(device))
  const paths = new Set(namespaces.flatMap(each => each.paths.map(({ controller }) => controller)))
  const pathsLeaving = [...paths].filter(isLeaving)
  return {
    namespaces: namespaces.map(each => ({
      ...each,
      paths: each.paths.map(path => (pathsLeaving.includes(path.controller) ? { ...path, live: false } : path)),
    })),
    pathsLeaving,
  }
}
