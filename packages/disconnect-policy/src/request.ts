import { type Controller, sameAddress } from '@nvmf/controllers'

/**
 * Parts of a controller that must be equal; what is not given does not matter. Addresses are equal in any spelling, and
 * case is ignored but for names of interfaces.
 */
export interface Filter {
  readonly transport?: string | undefined
  /** NQN of the subsystem. */
  readonly nqn?: string | undefined
  readonly traddr?: string | undefined
  readonly trsvcid?: string | undefined
  readonly hostTraddr?: string | undefined
  readonly hostIface?: string | undefined
  readonly hostnqn?: string | undefined
  readonly hostid?: string | undefined
}

/** Which controllers somebody wants disconnected. */
export type Request =
  /** Those that are unowned: what `disconnect-all` means unless told otherwise. `orOwner`: and those of this owner. */
  | { readonly kind: 'unowned'; readonly orOwner?: string | undefined; readonly filter?: Filter }
  /** Those of one owner, and no others. */
  | { readonly kind: 'owner'; readonly owner: string; readonly filter?: Filter }
  /** All, whoever owns them and whatever uses them. */
  | { readonly kind: 'force'; readonly filter?: Filter }
  /** Exactly these, whoever owns them and whatever uses them: by kernel name (`nvme3`), or by NQN, and of those what the filter takes. */
  | {
      readonly kind: 'named'
      readonly devices: readonly string[]
      readonly nqns: readonly string[]
      readonly filter?: Filter
    }

/** Does a request with these words stop at nothing? Then neither owner nor use protects a controller. */
export const isUnconditional = ({ kind }: Request): boolean => kind === 'force' || kind === 'named'

/** Is it named? Of the other requests, every controller is. */
export function isMeant(controller: Controller, request: Request): boolean {
  if (request.kind !== 'named') return true
  const { devices, nqns, filter } = request
  if (devices.includes(controller.name)) return true
  return controller.nqn !== undefined && nqns.includes(controller.nqn) && passes(controller, filter)
}

/** Does a controller have all that the filter asks for? What the kernel does not tell passes no filter. */
export function passes(controller: Controller, filter: Filter = {}): boolean {
  const { traddr, trsvcid, hostTraddr, hostIface } = controller.address
  const { transport, nqn, hostnqn, hostid } = controller
  const facts: Record<keyof Filter, string | undefined> = {
    transport,
    nqn,
    traddr,
    trsvcid,
    hostTraddr,
    hostIface,
    hostnqn,
    hostid,
  }
  return (Object.entries(facts) as [keyof Filter, string | undefined][]).every(([key, fact]) => {
    const wanted = filter[key]
    return wanted === undefined || (fact !== undefined && isEqual(key, fact, wanted))
  })
}

function isEqual(key: keyof Filter, fact: string, wanted: string): boolean {
  if (key === 'traddr' || key === 'hostTraddr') return sameAddress(fact, wanted)
  return key === 'hostIface' ? fact === wanted : fact.toLowerCase() === wanted.toLowerCase()
}
