import type { Controller } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'

/** Which controllers somebody wants disconnected. */
export type Request =
  /** Those that nobody owns: what `disconnect-all` means unless told otherwise. */
  | { readonly kind: 'unowned'; readonly transport?: string | undefined }
  /** Those of one owner, and no others. */
  | { readonly kind: 'owner'; readonly owner: string; readonly transport?: string | undefined }
  /** All, whoever owns them. */
  | { readonly kind: 'force'; readonly transport?: string | undefined }
  /** Exactly these, whoever owns them: named by kernel name (`nvme3`) or by the subsystem's NQN. */
  | { readonly kind: 'named'; readonly devices: readonly string[]; readonly nqns: readonly string[] }

/**
 * Why a controller is taken or left. Stable.
 *
 * | reason | action | meaning |
 * |---|---|---|
 * | `unowned` | disconnect, or skip if an owner's were asked for | nobody owns it, or only a dead predecessor's entry says so |
 * | `owned-by-you` | disconnect | the owner that was asked for owns it |
 * | `forced` | disconnect | everything was asked for |
 * | `named` | disconnect | it was asked for by name |
 * | `owned` | skip | somebody else owns it |
 * | `ownership-unknown` | skip | its ownership cannot be read, so it counts as owned |
 * | `not-fabrics` | skip | a local controller, or one whose transport cannot be read |
 * | `filtered` | skip | another transport than the one asked for |
 */
export type Reason =
  | 'unowned'
  | 'owned-by-you'
  | 'forced'
  | 'named'
  | 'owned'
  | 'ownership-unknown'
  | 'not-fabrics'
  | 'filtered'

/** What is to be done with one controller. */
export interface Step {
  readonly controller: Controller
  readonly action: 'disconnect' | 'skip'
  readonly reason: Reason
  /** As it was judged; `owner` in it for a report. */
  readonly ownership: Ownership
  /** Its owner, if it is known to have one. */
  readonly owner: string | undefined
}

/** What was decided, controllers in the order given; {@link execute} does it. */
export interface Plan {
  readonly request: Request
  readonly steps: readonly Step[]
}

/**
 * Decides about every controller; touches nothing. With a `named` request only the named ones are in the plan.
 * @param ownershipOf asks the registry about exactly this incarnation: `c => registry.ownerOf(c.name, c.incarnation)`
 */
export function plan(
  controllers: readonly Controller[],
  ownershipOf: (controller: Controller) => Ownership,
  request: Request,
): Plan {
  const steps = controllers
    .filter(controller => request.kind !== 'named' || isNamed(controller, request))
    .map((controller): Step => {
      const ownership = ownershipOf(controller)
      const reason = judge(controller, ownership, request)
      return {
        controller,
        action: takes(reason, request) ? 'disconnect' : 'skip',
        reason,
        ownership,
        owner: ownership.state === 'owned' ? ownership.owner : undefined,
      }
    })
  return { request, steps }
}

const isNamed = ({ name, nqn }: Controller, { devices, nqns }: Extract<Request, { kind: 'named' }>): boolean =>
  devices.includes(name) || (nqn !== undefined && nqns.includes(nqn))

function judge(controller: Controller, ownership: Ownership, request: Request): Reason {
  if (!controller.fabrics) return 'not-fabrics'
  if (request.kind === 'named') return 'named'
  if (request.transport !== undefined && controller.transport !== request.transport) return 'filtered'
  return request.kind === 'force' ? 'forced' : byOwnership(ownership, request)
}

/** The verdict where the owner decides; also asked again right before the deletion. */
export function byOwnership(ownership: Ownership, request: Request): Reason {
  if (ownership.state === 'unknown') return 'ownership-unknown'
  if (ownership.state === 'unowned') return 'unowned'
  return request.kind === 'owner' && ownership.owner === request.owner ? 'owned-by-you' : 'owned'
}

/** Does a request take what was judged so? */
export function takes(reason: Reason, request: Request): boolean {
  switch (reason) {
    case 'unowned':
      return request.kind === 'unowned'
    case 'owned-by-you':
    case 'forced':
    case 'named':
      return true
    default:
      return false
  }
}
