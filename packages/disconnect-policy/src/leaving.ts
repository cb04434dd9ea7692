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
 * @param incarnationOf the incarnation that a name stands for now: an announcement is about one, and not about the next
 */
export function remaining(
  namespaces: readonly Namespace[],
  { leaving }: Pick<Announced, 'leaving'>,
  incarnationOf: (device: string) => string | undefined,
): Remaining {
  if (leaving.length === 0) return { namespaces, pathsLeaving: [] }
  const isLeaving = (device: string): boolean =>
    leaving.some(devices => devices === undefined || devices.get(device) === (incarnationOf(device) ?? NONE))
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

/** No announced incarnation. */
const NONE = ''
