import type { Errno } from './errno.ts'
import type { Listener, TargetNamespace } from './model.ts'
import { type ConnectOptions, DISCOVERY_NQN } from './options.ts'

/** A subsystem on some target. */
export interface Target {
  readonly nqn: string
  readonly serial: string
  readonly namespaces: readonly TargetNamespace[]
  readonly listeners: readonly Listener[]
  /** Unlinked from its listeners: it is there no more, but may come back. */
  lost: boolean
}

/** The targets that this host could reach. */
export class Targets {
  readonly #byNqn = new Map<string, Target>()
  readonly #machines = new Set<string>()

  add(target: Target): void {
    this.#byNqn.set(target.nqn, target)
    for (const listener of target.listeners) if (listener.transport === 'tcp') this.#machines.add(listener.traddr)
  }

  get(nqn: string): Target | undefined {
    return this.#byNqn.get(nqn)
  }

  remove(nqn: string): void {
    this.#byNqn.delete(nqn)
  }

  list(): Target[] {
    return [...this.#byNqn.values()]
  }

  /**
   * Why a connect fails, or undefined: ETIMEDOUT when no machine has the address, ECONNREFUSED when nothing listens
   * there, EIO when the listener does not know the NQN (a fabrics status becomes EIO in `nvme_tcp_create_ctrl` and
   * `nvme_loop_create_ctrl`; loop has no connection to refuse, so everything is EIO there).
   */
  refusal(options: ConnectOptions): Errno | undefined {
    const here = this.list().filter(target => !target.lost && target.listeners.some(each => reaches(each, options)))
    if (options.transport === 'tcp' && here.length === 0) {
      return this.#isMachine(options.traddr ?? '') ? 'ECONNREFUSED' : 'ETIMEDOUT'
    }
    if (options.nqn === DISCOVERY_NQN) return here.length > 0 ? undefined : 'EIO'
    return here.some(target => target.nqn === options.nqn) ? undefined : 'EIO'
  }

  /** The host's own loopback addresses always answer; others once a target had them. */
  #isMachine(traddr: string): boolean {
    return traddr.startsWith('127.') || traddr === '::1' || this.#machines.has(traddr)
  }
}

function reaches(listener: Listener, options: ConnectOptions): boolean {
  if (listener.transport === 'loop') return options.transport === 'loop' && options.traddr === undefined
  return options.transport === 'tcp' && listener.traddr === options.traddr && listener.trsvcid === options.trsvcid
}
