import { type ControllersError, type DeleteHandle, isControllersError } from '@nvmf/controllers'
import type { Announced, Registry } from '@nvmf/registry-core'
import { EVERYTHING } from './announced.ts'
import type { Namespace } from './guard.ts'
import { inParallel } from './in-parallel.ts'
import { type Change, lastLook } from './last-look.ts'
import type { Plan, Step } from './plan.ts'
import { isUnconditional, type Request } from './request.ts'

/** What executing a plan needs of the world; {@link executePorts} makes them for Node. */
export interface ExecutePorts {
  /**
   * Announces to other processes which controllers are about to be disconnected, incarnations by device.
   * @throws RegistryError
   */
  readonly declare: (incarnations: ReadonlyMap<string, string>) => Promise<Declared>
  readonly openDelete: (device: string) => Promise<DeleteHandle>
  /** The incarnation that a name stands for now; undefined: none. */
  readonly incarnationOf: (device: string) => string | undefined
  readonly registry: Pick<Registry, 'ownerOf'>
  /** The sysfs attribute `state`; undefined: there is none to be read. */
  readonly stateOf: (device: string) => string | undefined
  /** The namespaces in use behind this controller, as they are now. */
  readonly namespacesOf: (device: string) => readonly Namespace[]
}

/** A declaration: other processes do not count on the controllers in it, until it is withdrawn or the process has ended. */
export interface Declared {
  /** What other processes have announced, as it is now; what cannot be read may be about any controller. */
  readonly others: () => Announced
  /** Takes it back. Never throws. */
  readonly withdraw: () => void
}

/** What became of one controller that was to be disconnected. */
export type Outcome =
  | { readonly outcome: 'disconnected' }
  /** It was gone before it was touched, or somebody else is taking it down. */
  | { readonly outcome: 'gone' }
  /** The name is another controller's now: what was judged is gone, and its successor was not touched. */
  | { readonly outcome: 'changed'; readonly now: 'recycled' }
  /** It is not one to be taken any more, and was not touched. */
  | ({ readonly outcome: 'changed' } & Change)
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
  /** Told if a request that nothing stops could not be declared to other processes, before it is carried out. */
  readonly onUndeclared?: (error: unknown) => void
}

/**
 * Disconnects what a plan says: begun in the plan's order, several at once, results in the plan's order. One that fails
 * or takes long stops and delays no other, as long as less than `jobs` of them do.
 *
 * Time has passed since the plan was made (somebody may have been asked for a `yes`), so each controller is judged again
 * with a hold on it: see {@link disconnect}.
 *
 * Before the first is judged, all are declared: of two processes that take a path each to one namespace, at least one sees the
 * other's declaration.
 *
 * @throws RegistryError if they cannot be declared, and nothing is touched then; but a request that no owner and no use stops
 * is carried out all the same
 */
export async function execute(plan: Plan, ports: ExecutePorts, options: ExecuteOptions = {}): Promise<Result[]> {
  const { jobs = JOBS, stopped = () => false, asShown = false, onResult, onUndeclared = () => {} } = options
  const doomed = plan.steps.filter(step => step.action === 'disconnect')
  if (doomed.length === 0) return []
  const incarnations = new Map(doomed.map(({ controller }) => [controller.name, controller.incarnation]))
  const declared = await ports.declare(incarnations).catch((error: unknown) => {
    if (!isUnconditional(plan.request)) throw error
    onUndeclared(error)
    return undefined
  })
  const task = {
    request: plan.request,
    asShown,
    leaving: new Set(incarnations.keys()),
    ports,
    others: declared?.others,
  }
  try {
    return await inParallel(doomed, jobs, async step => {
      const outcome: Outcome = stopped() ? { outcome: 'not-started' } : await disconnect(step, task)
      const result = { step, ...outcome }
      onResult?.(result)
      return result
    })
  } finally {
    declared?.withdraw()
  }
}

interface Task {
  readonly request: Request
  readonly asShown: boolean
  /** All that the plan takes: none of them is a path that stays. */
  readonly leaving: ReadonlySet<string>
  readonly ports: ExecutePorts
  /** undefined: the request does not ask, and could not be declared. */
  readonly others: Declared['others'] | undefined
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
    const look = {
      ...ports,
      announced: task.others ?? (() => EVERYTHING),
      ownerOf: (device: string, of: string) => ports.registry.ownerOf(device, of),
    }
    const change = lastLook(step.controller, task.request, task.leaving, look, task.asShown ? step : undefined)
    if (change !== undefined) return { outcome: 'changed', ...change }
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
