import {
  ControllersError,
  type DeleteHandle,
  incarnationOf,
  type OpenDevice,
  openDeleteController,
} from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import { inParallel } from './in-parallel.ts'
import { byOwnership, type Plan, type Reason, type Request, type Step, takes } from './plan.ts'

/** What executing a plan needs of the world; `executePorts()` makes them for Node. */
export interface ExecutePorts {
  readonly openDelete: (device: string) => Promise<DeleteHandle>
  /** The incarnation that a name stands for now; undefined: none. */
  readonly incarnationOf: (device: string) => string | undefined
  readonly registry: Pick<Registry, 'ownerOf'>
}

/** {@link ExecutePorts} from the parts that every caller has. */
export function executePorts(options: {
  root: string
  openDevice: OpenDevice
  registry: Pick<Registry, 'ownerOf'>
}): ExecutePorts {
  const { root, openDevice, registry } = options
  return {
    openDelete: device => openDeleteController(openDevice, root, device),
    incarnationOf: device => incarnationOf(device, { root }),
    registry,
  }
}

/** What became of one controller that was to be disconnected. */
export type Outcome =
  | { readonly outcome: 'disconnected' }
  /** It was gone before it was touched. */
  | { readonly outcome: 'gone' }
  /** The name is another controller's now: what was judged is gone, and its successor was not touched. */
  | { readonly outcome: 'changed'; readonly now: 'recycled' }
  /** Its ownership is another now, and such a one is not to be taken: it was not touched. */
  | { readonly outcome: 'changed'; readonly now: Reason; readonly owner?: string }
  | { readonly outcome: 'failed'; readonly error: ControllersError }

export type Result = { readonly step: Step } & Outcome

/** How many are deleted at once, unless said otherwise. Node's thread pool may let fewer through. */
export const CONCURRENCY = 32

/**
 * Disconnects what a plan says, several at once, results in the plan's order. One failure stops nothing.
 *
 * Time has passed since the plan was made (somebody may have been asked for a `yes`), so each controller is judged again
 * with a hold on it: see {@link disconnect}.
 */
export function execute(plan: Plan, ports: ExecutePorts, { concurrency = CONCURRENCY } = {}): Promise<Result[]> {
  const doomed = plan.steps.filter(step => step.action === 'disconnect')
  return inParallel(doomed, concurrency, async step => ({ step, ...(await disconnect(step, plan.request, ports)) }))
}

/**
 * Opening delete_controller first is what makes the rest hold: an incarnation never comes back, so if the name stands for
 * the judged one after the open, the open was of that one too - and the handle can hit no other, whatever happens to the
 * name from then on. Only a claim between the last look and the write goes unseen.
 */
async function disconnect({ controller }: Step, request: Request, ports: ExecutePorts): Promise<Outcome> {
  const { name, incarnation } = controller
  let handle: DeleteHandle | undefined
  try {
    handle = await ports.openDelete(name)
    const now = ports.incarnationOf(name)
    if (now === undefined) return { outcome: 'gone' }
    if (now !== incarnation) return { outcome: 'changed', now: 'recycled' }
    const change = changeOf(name, incarnation, request, ports)
    if (change !== undefined) return change
    return { outcome: (await handle.delete()) === 'gone' ? 'gone' : 'disconnected' }
  } catch (error) {
    if (!(error instanceof ControllersError)) throw error
    // No such file: normally the controller went away - unless it is still there and cannot be deleted at all.
    const gone = error.code === 'no-controller' && ports.incarnationOf(name) !== incarnation
    return gone ? { outcome: 'gone' } : { outcome: 'failed', error }
  } finally {
    await handle?.close()
  }
}

/** Is the controller one now that this request would not take? */
function changeOf(
  name: string,
  incarnation: string,
  request: Request,
  { registry }: ExecutePorts,
): Outcome | undefined {
  if (request.kind === 'force' || request.kind === 'named') return undefined
  const ownership = registry.ownerOf(name, incarnation)
  const reason = byOwnership(ownership, request)
  if (takes(reason, request)) return undefined
  return { outcome: 'changed', now: reason, ...(ownership.state === 'owned' ? { owner: ownership.owner } : {}) }
}
