import type { Controller } from '@nvmf/controllers'
import type { Announced, Ownership } from '@nvmf/registry-core'
import { type BeingConnected, beingConnected } from './being-connected.ts'
import { type Namespace, type Use, usesLost } from './guard.ts'
import { remaining } from './leaving.ts'
import { byOwnership, type Reason } from './plan.ts'
import { isUnconditional, type Request } from './request.ts'

/** The questions of the last look. */
export interface LookPorts {
  /** Returns the announcements of other processes. */
  readonly announced: () => Announced
  readonly ownerOf: (device: string, incarnation: string) => Ownership
  /** The namespaces in use behind this controller, as they are now. */
  readonly namespacesOf: (device: string) => readonly Namespace[]
}

/** Why a controller that was to be disconnected is not one to be taken any more. */
export interface Change {
  readonly now: Reason
  readonly owner?: string
  readonly uses?: readonly Use[]
  /** With `in-use`: other controllers that lead there, which other processes are disconnecting. */
  readonly pathsLeaving?: readonly string[]
  /** With `being-connected`: what is known of the connect. */
  readonly connecting?: BeingConnected
}

/**
 * Looks once more, right before the write: is the controller still one that this request takes? undefined: it is.
 *
 * Announcements come first. A connect is announced until its owner is recorded, and a disconnect until its paths are gone from
 * sysfs; so for what is not announced any more, the owner and the paths that are read afterwards tell.
 *
 * @param leaving all that the same run takes, by name: none of them is a path that stays
 * @param shown what a person agreed to: then also a request that no owner and no use stops is held to the owner and the uses
 * that were shown
 */
export function lastLook(
  controller: Controller,
  request: Request,
  leaving: ReadonlySet<string>,
  ports: LookPorts,
  shown?: Shown,
): Change | undefined {
  const unconditional = isUnconditional(request)
  if (unconditional && shown === undefined) return undefined
  const { name, incarnation } = controller
  const announced = ports.announced()
  const ownership = ports.ownerOf(name, incarnation)
  const { reason, takes } = byOwnership(ownership, request)
  const owner = ownerIn(ownership)
  const changed = unconditional && shown !== undefined && !isSameOwnership(ownership, shown.ownership)
  if (!takes || changed) return { now: reason, ...(owner === undefined ? {} : { owner }) }
  const connecting = unconditional ? undefined : beingConnected(controller, ownership, announced)
  if (connecting !== undefined) return { now: 'being-connected', connecting }
  const { namespaces, pathsLeaving } = remaining(ports.namespacesOf(name), announced)
  const lost = usesLost(namespaces, leaving)
  const uses = unconditional ? lost.filter(use => !shown?.uses.some(seen => isSame(seen, use))) : lost
  if (uses.length === 0) return undefined
  const others = pathsLeaving.filter(path => path !== name)
  return { now: 'in-use', uses, ...(others.length === 0 ? {} : { pathsLeaving: others }) }
}

/** A controller as a plan saw it. */
export interface Shown {
  readonly ownership: Ownership
  readonly uses: readonly Use[]
}

const ownerIn = (ownership: Ownership): string | undefined =>
  ownership.state === 'owned' ? ownership.owner : undefined

const isSameOwnership = (a: Ownership, b: Ownership): boolean => a.state === b.state && ownerIn(a) === ownerIn(b)

/** Both are plain data, made by the same code in the same order. */
const isSame = (a: Use, b: Use): boolean => JSON.stringify(a) === JSON.stringify(b)
