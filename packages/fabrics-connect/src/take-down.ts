import { type Controller, isControllersError, openDeleteController } from '@nvmf/controllers'
import { type ExecutePorts, execute, type Namespace, plan, type Result, type Use } from '@nvmf/disconnect-policy'
import { type Announced, isRegistryError } from '@nvmf/registry-core'
import type { ConnectPorts } from './connect.ts'
import type { Left } from './left.ts'

/** The port that giving up looks through; `connectPorts()` makes it for Node. */
export interface Looks extends Pick<ExecutePorts, 'declare' | 'incarnationOf' | 'stateOf' | 'namespacesOf'> {
  /** Returns the announcements of other processes. */
  readonly announced: () => Promise<Announced>
  /** The namespaces that these controllers lead to, with their uses; all controllers of the host are paths. */
  readonly namespaces: (controllers: readonly Controller[]) => readonly Namespace[]
}

/** The ports of taking a controller down. */
export type Ports = Pick<ConnectPorts, 'openDevice' | 'root' | 'registry' | 'controllers' | 'looks'>

/** A controller that a connect has just made; its number is held until the connect has ended. */
export interface Made {
  readonly device: string
  /** undefined: gone already, or sysfs cannot be read. */
  readonly incarnation: string | undefined
}

/** To be called while the number is held: what has the name is what was just made. */
export function madeAs(device: string, { looks }: Pick<Ports, 'looks'>): Made {
  try {
    return { device, incarnation: looks.incarnationOf(device) }
  } catch (error) {
    if (isControllersError(error)) return { device, incarnation: undefined }
    throw error
  }
}

/** The outcome for a controller that was to be taken down again. */
export type TakenDown =
  | { readonly outcome: 'taken-down' | 'gone' }
  | { readonly outcome: 'left'; readonly left: Left }
  | { readonly outcome: 'failed'; readonly error: unknown }

const notJudged: TakenDown = { outcome: 'left', left: { reason: 'not-judged' } }

/**
 * Takes a new controller down again if the disconnect policy lets it go: still the incarnation that was made, unowned or
 * `owner`'s, and not the last way to anything in use. A plan of one step, so that the last look before the write is the
 * policy's own.
 */
export async function takeDown(
  { device, incarnation }: Made,
  owner: string | undefined,
  ports: Ports,
): Promise<TakenDown> {
  const { registry, looks, openDevice, root } = ports
  const orOwner = owner === '' ? undefined : owner
  try {
    if (looks.incarnationOf(device) === undefined) return { outcome: 'gone' }
    const controllers = ports.controllers()
    const ours = controllers.filter(each => each.name === device && each.incarnation === incarnation)
    const host = {
      controllers: ours,
      announced: withoutConnects(await looks.announced()),
      ownershipOf: (each: Controller) => registry.ownerOf(each.name, each.incarnation),
      namespaces: looks.namespaces(controllers),
    }
    const decided = plan(host, { kind: 'unowned', orOwner })
    const [step] = decided.steps
    if (step === undefined) return notJudged
    if (step.action === 'skip') return leftFor(step.reason, step.owner, step.uses)
    const openDelete = (name: string) => openDeleteController(openDevice, root, name)
    const declare: ExecutePorts['declare'] = async incarnations => {
      const declared = await looks.declare(incarnations)
      return { ...declared, others: () => withoutConnects(declared.others()) }
    }
    const [result] = await execute(decided, { ...looks, declare, openDelete, registry })
    return result === undefined ? notJudged : outcomeOf(result)
  } catch (error) {
    // What cannot be read tells nothing of the controller; what cannot be declared is not disconnected.
    if (isControllersError(error) || isRegistryError(error)) return notJudged
    throw error
  }
}

/** The controller is one that this process has made: what another one connects is not it, but may have the same address. */
const withoutConnects = (announced: Announced): Announced => ({ ...announced, connecting: [] })

function outcomeOf(result: Result): TakenDown {
  switch (result.outcome) {
    case 'disconnected':
      return { outcome: 'taken-down' }
    case 'failed':
      return { outcome: 'failed', error: result.error }
    case 'changed':
      return result.now === 'recycled' ? { outcome: 'gone' } : leftFor(result.now, result.owner, result.uses)
    case 'gone':
      return { outcome: 'gone' }
    case 'not-started':
      return notJudged
  }
}

function leftFor(reason: string, owner: string | undefined, uses: readonly Use[] | undefined): TakenDown {
  switch (reason) {
    case 'gone':
      return { outcome: 'gone' }
    case 'owned-by':
    case 'ownership-unknown':
      return { outcome: 'left', left: { reason, owner } }
    case 'in-use':
      return { outcome: 'left', left: { reason, owner, uses } }
    default:
      return notJudged
  }
}
