import type { Controller } from '@nvmf/controllers'
import type { Announced, Ownership } from '@nvmf/registry-core'
import { type BeingConnected, beingConnected } from './being-connected.ts'
import { type Namespace, spared, type Use, usesLost } from './guard.ts'
import { remaining } from './leaving.ts'
import { isMeant, isUnconditional, passes, type Request } from './request.ts'

/**
 * The fact that decided about a controller. Stable: reasons are added, never renamed or reused.
 *
 * | reason | meaning |
 * |---|---|
 * | `unowned` | nobody owns it, or only a dead predecessor's entry says so |
 * | `owned-by` | `owner` owns it |
 * | `ownership-unknown` | its ownership cannot be read, so it counts as owned |
 * | `not-fabrics` | a local controller, or one whose transport cannot be read; never taken |
 * | `in-use` | without it nothing live would lead to a namespace that is mounted, swapped on, held, or whose use cannot be read |
 * | `filtered` | it is not what the filter asks for |
 * | `gone` | the kernel is taking it down already |
 * | `being-connected` | it is unowned and another process has announced that it connects it, or it is in its first connect |
 */
export type Reason =
  | 'unowned'
  | 'owned-by'
  | 'ownership-unknown'
  | 'not-fabrics'
  | 'in-use'
  | 'filtered'
  | 'gone'
  | 'being-connected'

/** What is to be done with one controller. */
export interface Step {
  readonly controller: Controller
  readonly action: 'disconnect' | 'skip'
  readonly reason: Reason
  /** As it was judged. */
  readonly ownership: Ownership
  /** Its owner, if it is known to have one. */
  readonly owner: string | undefined
  /** What it is kept for; or, if it goes all the same, what loses its last live path when all of the plan has gone. */
  readonly uses: readonly Use[]
  /** With `in-use`: other controllers that lead there, which other processes are disconnecting. */
  readonly pathsLeaving: readonly string[]
  /** With `being-connected`: what is known of the connect. */
  readonly connecting: BeingConnected | undefined
}

/** What was decided: I/O controllers by number, then discovery controllers by number. {@link execute} does it in that order. */
export interface Plan {
  readonly request: Request
  readonly steps: readonly Step[]
}

/** A host as a plan sees it; {@link readHost} reads it. */
export interface Host {
  readonly controllers: readonly Controller[]
  /** What other processes have announced. Read after `controllers`, and before all that follows. */
  readonly announced: Announced
  /** Asks the registry about exactly this incarnation: `c => registry.ownerOf(c.name, c.incarnation)` */
  readonly ownershipOf: (controller: Controller) => Ownership
  /** {@link readNamespaces} */
  readonly namespaces: readonly Namespace[]
}

/** Decides about every controller; touches nothing. With a `named` request only the named ones are in the plan. */
export function plan(host: Host, request: Request): Plan {
  const { controllers, announced, ownershipOf } = host
  const judged = controllers
    .filter(controller => isMeant(controller, request))
    .map(controller => {
      const ownership = ownershipOf(controller)
      return { controller, ownership, ...judge(controller, ownership, request, announced) }
    })
  judged.sort((a, b) => rank(a.controller) - rank(b.controller) || a.controller.instance - b.controller.instance)
  const { namespaces, pathsLeaving } = remaining(host.namespaces, announced)
  const candidates = judged.filter(({ takes }) => takes).map(({ controller }) => controller.name)
  const kept = isUnconditional(request) ? new Map<string, readonly Use[]>() : spared(namespaces, candidates)
  const leaving = new Set(candidates.filter(name => !kept.has(name)))
  const steps = judged.map(({ controller, ownership, reason, takes, connecting }): Step => {
    const { name } = controller
    const ofThis = namespaces.filter(({ paths }) => paths.some(path => path.controller === name))
    const uses = kept.get(name) ?? (takes ? usesLost(ofThis, leaving) : [])
    return {
      controller,
      action: takes && !kept.has(name) ? 'disconnect' : 'skip',
      reason: uses.length > 0 ? 'in-use' : reason,
      ownership,
      owner: ownership.state === 'owned' ? ownership.owner : undefined,
      uses,
      pathsLeaving: pathsLeaving.filter(
        path => uses.length > 0 && path !== name && ofThis.some(({ paths }) => paths.some(p => p.controller === path)),
      ),
      connecting,
    }
  })
  return { request, steps }
}

interface Verdict {
  readonly reason: Reason
  readonly takes: boolean
  readonly connecting?: BeingConnected
}

function judge(controller: Controller, ownership: Ownership, request: Request, announced: Announced): Verdict {
  if (!controller.fabrics) return { reason: 'not-fabrics', takes: false }
  if (request.kind !== 'named' && !passes(controller, request.filter)) return { reason: 'filtered', takes: false }
  if (controller.state?.startsWith('deleting')) return { reason: 'gone', takes: false }
  const verdict = byOwnership(ownership, request)
  if (!verdict.takes || isUnconditional(request)) return verdict
  const connecting = beingConnected(controller, ownership, announced)
  return connecting === undefined ? verdict : { reason: 'being-connected', takes: false, connecting }
}

/** The verdict of the owner; also asked again right before the deletion. */
export function byOwnership(ownership: Ownership, request: Request): Verdict {
  const any = isUnconditional(request)
  switch (ownership.state) {
    case 'unknown':
      return { reason: 'ownership-unknown', takes: any }
    case 'unowned':
      return { reason: 'unowned', takes: any || request.kind === 'unowned' }
    case 'owned':
      return { reason: 'owned-by', takes: any || ownership.owner === ownerOf(request) }
  }
}

/** The owner whose controllers a request takes, if it takes those of one owner. */
function ownerOf(request: Request): string | undefined {
  if (request.kind === 'owner') return request.owner
  return request.kind === 'unowned' ? request.orOwner : undefined
}

const DISCOVERY_NQN = 'nqn.2014-08.org.nvmexpress.discovery'

/** A discovery controller that outlives what it told of can be asked for it again; so it goes last. */
const rank = ({ cntrltype, nqn }: Controller): number => (cntrltype === 'discovery' || nqn === DISCOVERY_NQN ? 1 : 0)
