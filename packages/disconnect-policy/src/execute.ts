import { type ControllersError, type DeleteHandle, isControllersError } from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import { type Namespace, type Use, usesLost } from './guard.ts'
import { inParallel } from './in-parallel.ts'
import { byOwnership, type Plan, type Reason, type Step } from './plan.ts'
import { isUnconditional, type Request } from './request.ts'

/** What executing a plan needs of the world; {@link executePorts} makes them for Node. */
export interface ExecutePorts {
  readonly openDelete: (device: string) => Promise<DeleteHandle>
  /** The incarnation that a name stands for now; undefined: none. */
  readonly incarnationOf: (device: string) => string | undefined
  readonly registry: Pick<Registry, 'ownerOf'>
  /** The sysfs attribute `state`; undefined: there is none to be read. */
  readonly stateOf: (device: string) => string | undefined
  /** The namespaces in use behind this controller, as they are now. */
  readonly namespacesOf: (device: string) => readonly Namespace[]
}

/** What became of one controller that was to be disconnected. */
export type Outcome =
  | { readonly outcome: 'disconnected' }
  /** It was gone before it was touched, or somebody else is taking it down. */
  | { readonly outcome: 'gone' }
  /** The name is another controller's now: what was judged is gone, and its successor was not touched. */
  | { readonly outcome: 'changed'; readonly now: 'recycled' }
  /** It is not one to be taken any more, and was not touched. */
  | {
      readonly outcome: 'changed'
      readonly now: Reason
      readonly owner?: string | undefined
      readonly uses?: readonly Use[]
    }
  | { readonly outcome: 'failed'; readonly error: ControllersError }
  /** It was not begun when `stopped` said to stop. */
  | { readonly outcome: 'not-started' }

export type Result = { readonly step: Step } & Outcome

/** How many are deleted at once, unless said otherwise. */
export const JOBS = 32

export interface ExecuteOptions {
  /** At most so many are deleted at once: {@link JOBS} unless given. */
  readonly jobs?: number
  /** Asked before each one: true begins no more. What was begun is waited for, as the kernel cannot be told to stop. */
  readonly stopped?: () => boolean
  /**
   * A person was shown the plan and agreed to it: what has another owner by now, or is in use for what was not shown, is left,
   * also by a request that stops at neither.
   */
  readonly asShown?: boolean
  /** Told of each result when it is there. */
  readonly onResult?: (result: Result) => void
}

/**
 * Disconnects what a plan says: begun in the plan's order, several at once, results in the plan's order. One that fails
 * or takes long stops and delays no other, as long as less than `jobs` of them do.
 *
 * Time has passed since the plan was made (somebody may have been asked for a `yes`), so each controller is judged again
 * with a hold on it: see {@link disconnect}.
 */
export function execute(plan: Plan, ports: ExecutePorts, options: ExecuteOptions = {}): Promise<Result[]> {
  const { jobs = JOBS, stopped = () => false, asShown = false, onResult } = options
  const doomed = plan.steps.filter(step => step.action === 'disconnect')
  const leaving = new Set(doomed.map(({ controller }) => controller.name))
  return inParallel(doomed, jobs, async step => {
    const outcome: Outcome = stopped()
      ? { outcome: 'not-started' }
      : await disconnect(step, { request: plan.request, asShown, leaving, ports })
    const result = { step, ...outcome }
    onResult?.(result)
    return result
  })
}

interface Task {
  readonly request: Request
  readonly asShown: boolean
  /** All that the plan takes: none of them is a path that stays. */
  readonly leaving: ReadonlySet<string>
  readonly ports: ExecutePorts
}

/**
 * Opening delete_controller first is what makes the rest hold: an incarnation never comes back, so if the name stands for
 * the judged one after the open, the open was of that one too - and the handle can hit no other, whatever happens to the
 * name from then on. Only a claim or a mount between the last look and the write goes unseen.
 */
async function disconnect(step: Step, task: Task): Promise<Outcome> {
  const { name, incarnation } = step.controller
  const { ports } = task
  let handle: DeleteHandle | undefined
  try {
    handle = await ports.openDelete(name)
    const now = ports.incarnationOf(name)
    if (now === undefined) return { outcome: 'gone' }
    if (now !== incarnation) return { outcome: 'changed', now: 'recycled' }
    const change = changeOf(step, task)
    if (change !== undefined) return change
    if ((await handle.delete()) === 'gone') return { outcome: 'gone' }
    // A write that finds the controller being deleted by somebody else returns at once, and reports success.
    const others = ports.incarnationOf(name) === incarnation && ports.stateOf(name)?.startsWith('deleting')
    return { outcome: others ? 'gone' : 'disconnected' }
  } catch (error) {
    if (!isControllersError(error)) throw error
    // No such file: normally the controller went away - unless it is still there and cannot be deleted at all.
    const gone = error.code === 'no-controller' && ports.incarnationOf(name) !== incarnation
    return gone ? { outcome: 'gone' } : { outcome: 'failed', error }
  } finally {
    await handle?.close()
  }
}

/** Is the controller one now that this request would not take, or another one than was shown? */
function changeOf(step: Step, { request, asShown, leaving, ports }: Task): Outcome | undefined {
  const unconditional = isUnconditional(request)
  if (unconditional && !asShown) return undefined
  const { name, incarnation } = step.controller
  const ownership = ports.registry.ownerOf(name, incarnation)
  const { reason, takes } = byOwnership(ownership, request)
  const owner = ownership.state === 'owned' ? ownership.owner : undefined
  const shown = !unconditional || (ownership.state === step.ownership.state && owner === step.owner)
  if (!takes || !shown) return { outcome: 'changed', now: reason, ...(owner === undefined ? {} : { owner }) }
  const uses = usesLost(ports.namespacesOf(name), leaving)
  const unseen = unconditional ? uses.filter(use => !step.uses.some(seen => isSame(seen, use))) : uses
  return unseen.length === 0 ? undefined : { outcome: 'changed', now: 'in-use', uses: unseen }
}

/** Both are plain data, made by the same code in the same order. */
const isSame = (a: Use, b: Use): boolean => JSON.stringify(a) === JSON.stringify(b)
