import { randomBytes, randomUUID } from 'node:crypto'
import { VirtualHostError } from './errors.ts'
import type { Driver } from './kernel/driver.ts'
import type { Controller, Listener, TargetNamespace } from './kernel/model.ts'
import type { Target } from './kernel/targets.ts'

/** Calls back after so many seconds; returns how to call it off. */
export type Timer = (seconds: number, fire: () => void) => () => void

export const realTimer: Timer = (seconds, fire) => {
  const timer = setTimeout(fire, seconds * 1000)
  return () => clearTimeout(timer)
}

/** What a subsystem offers; everything has a default. */
export interface SubsystemOptions {
  /** How many namespaces of 16 MiB, or which. Default 1. */
  namespaces?: number | readonly Partial<TargetNamespace>[] | undefined
  /** Default: tcp 127.0.0.1:4420 and loop. */
  listeners?: readonly Listener[] | undefined
}

const DEFAULT_LISTENERS: readonly Listener[] = [
  { transport: 'tcp', traddr: '127.0.0.1', trsvcid: '4420' },
  { transport: 'loop' },
]

/** The other side: targets that come, go and come back, and what the host's controllers do about it. */
export class Remote {
  readonly #driver: Driver
  readonly #timer: Timer
  readonly #losses = new Map<Controller, () => void>()

  constructor(driver: Driver, timer: Timer) {
    this.#driver = driver
    this.#timer = timer
  }

  add(nqn: string, { namespaces = 1, listeners = DEFAULT_LISTENERS }: SubsystemOptions): void {
    if (this.#driver.targets.get(nqn) !== undefined) throw new VirtualHostError('usage', `there is a subsystem ${nqn}`)
    this.#driver.targets.add({
      nqn,
      serial: randomBytes(10).toString('hex'),
      namespaces: namespacesOf(namespaces),
      listeners,
      lost: false,
    })
  }

  remove(nqn: string): void {
    this.lose(nqn)
    this.#driver.targets.remove(nqn)
  }

  /**
   * The target is unlinked. tcp controllers go to `connecting` and are removed when ctrl_loss_tmo has passed (never
   * with -1); loop ones are deleted at once, since the target itself deletes them (`nvme_loop_delete_ctrl`).
   */
  lose(nqn: string): void {
    this.#target(nqn).lost = true
    for (const controller of this.#controllersOf(nqn)) {
      const options = controller.options
      if (options === undefined || controller.state !== 'live') continue
      if (controller.transport === 'loop') {
        this.#driver.remove(controller)
        continue
      }
      this.#driver.disconnected(controller)
      if (options.maxReconnects < 0) continue
      const seconds = options.maxReconnects * options.reconnectDelay
      this.#losses.set(
        controller,
        this.#timer(seconds, () => this.#giveUp(controller)),
      )
    }
  }

  /** The target is back: what still tries to reconnect succeeds, with the number and incarnation that it had. */
  recover(nqn: string): void {
    this.#target(nqn).lost = false
    for (const controller of this.#controllersOf(nqn)) {
      this.#callOff(controller)
      if (controller.started) this.#driver.reconnected(controller)
    }
  }

  /** ctrl_loss_tmo has passed, now. */
  expire(nqn: string): void {
    for (const controller of this.#controllersOf(nqn)) {
      if (controller.state === 'connecting' && controller.started) this.#giveUp(controller)
    }
  }

  close(): void {
    for (const controller of this.#losses.keys()) this.#callOff(controller)
  }

  #target(nqn: string): Target {
    const target = this.#driver.targets.get(nqn)
    if (target === undefined) throw new VirtualHostError('unknown-subsystem', `no subsystem ${nqn}`)
    return target
  }

  #controllersOf(nqn: string): Controller[] {
    return this.#driver.controllers().filter(({ options }) => options?.nqn === nqn)
  }

  #giveUp(controller: Controller): void {
    this.#callOff(controller)
    this.#driver.remove(controller)
  }

  #callOff(controller: Controller): void {
    this.#losses.get(controller)?.()
    this.#losses.delete(controller)
  }
}

export function namespacesOf(wanted: number | readonly Partial<TargetNamespace>[]): TargetNamespace[] {
  const list = typeof wanted === 'number' ? Array.from({ length: wanted }, () => ({})) : wanted
  return list.map((each: Partial<TargetNamespace>, at) => ({
    nsid: at + 1,
    bytes: 16 * 1024 * 1024,
    uuid: randomUUID(),
    ...each,
  }))
}
