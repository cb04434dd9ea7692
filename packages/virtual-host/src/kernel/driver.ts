import { type Errno, KernelError } from './errno.ts'
import { checkHost, isDuplicate } from './existing.ts'
import type { Controller, Subsystem, TargetNamespace } from './model.ts'
import { attachNamespaces, detachNamespaces } from './namespaces.ts'
import { NumberPool } from './number-pool.ts'
import { type ConnectOptions, type ParseContext, parseConnectOptions } from './options.ts'
import type { Surface } from './surface.ts'
import { Targets } from './targets.ts'
import { checkTcp } from './tcp.ts'
import { controllerEvent, subsystemEvent } from './uevent.ts'

/** What a PCIe controller is made of. */
export interface PcieDevice {
  bdf: string
  nqn: string
  serial: string
  namespaces: readonly TargetNamespace[]
}

/** The state of nvme-core and nvme-fabrics. It does no I/O: what changes goes to the {@link Surface}, in order. */
export class Driver {
  readonly targets = new Targets()
  readonly #surface: Surface
  readonly #own: ParseContext
  readonly #instances = new NumberPool(0)
  readonly #cntlids = new NumberPool(1)
  readonly #minors = new NumberPool(0)
  readonly #controllers = new Set<Controller>()
  #incarnations = 0
  #halted = false

  constructor(surface: Surface, own: ParseContext) {
    this.#surface = surface
    this.#own = own
  }

  /** The controllers that exist: whose node and class link are there. */
  controllers(): Controller[] {
    return [...this.#controllers].filter(each => !each.removed)
  }

  /** The removed controllers whose number something still pins. */
  pinned(): Controller[] {
    return [...this.#controllers].filter(each => each.removed)
  }

  /** The machine is off: nothing changes any more, whatever handles are closed and calls come back. */
  halt(): void {
    this.#halted = true
  }

  /** The first half of a connect: checks, then the new controller with its add event. */
  begin(text: string): Controller {
    this.#mustRun()
    this.reap()
    const options = parseConnectOptions(text, this.#own)
    checkHost(options, this.#controllers, this.#own)
    if (options.transport === 'tcp') checkTcp(options)
    if (options.transport === 'tcp' && !options.duplicateConnect) {
      if (this.controllers().some(each => isDuplicate(options, each))) {
        throw new KernelError('EALREADY', 'duplicate connect')
      }
    }
    return this.#add({ transport: options.transport, options, bdf: undefined, state: 'connecting' })
  }

  /** The second half: live, or - after the remove event for the number it had - the error. */
  finish(controller: Controller, forced?: Errno): void {
    this.#mustRun()
    const options = controller.options as ConnectOptions
    const errno = controller.removed ? 'EIO' : (forced ?? this.targets.refusal(options))
    if (errno !== undefined) {
      this.remove(controller)
      throw new KernelError(errno, `connecting to ${options.nqn} failed`)
    }
    controller.cntlid = this.#cntlids.take()
    const target = this.targets.get(options.nqn)
    this.#join(controller, { ...options, serial: target?.serial ?? '0', model: 'Linux' })
    this.#live(controller)
    this.#scan(controller, target?.namespaces ?? [])
  }

  addPcie({ bdf, nqn, serial, namespaces }: PcieDevice): Controller {
    this.reap()
    const controller = this.#add({ transport: 'pcie', options: undefined, bdf, state: 'new' })
    this.#join(controller, { nqn, serial, model: 'Virtual NVMe disk', discovery: false })
    this.#live(controller)
    this.#scan(controller, namespaces)
    return controller
  }

  /** The connection broke: the controller tries to reconnect, with the same number and incarnation. */
  disconnected(controller: Controller): void {
    if (!controller.removed && controller.state === 'live') this.#become(controller, 'connecting')
  }

  reconnected(controller: Controller): void {
    if (!controller.removed && controller.state === 'connecting') this.#live(controller)
  }

  /**
   * `nvme_do_delete_ctrl`: namespaces, then /dev/nvmeN, then the class link, then the remove event. The number is free
   * when the last reference goes, which is usually at once.
   */
  remove(controller: Controller): void {
    if (controller.removed || this.#halted) return
    this.#become(controller, 'deleting')
    const { subsystem } = controller
    if (subsystem !== undefined) detachNamespaces(controller, subsystem, this.#namespaceTools)
    this.#surface.controllerUnplugged(controller)
    controller.removed = true
    this.#surface.uevent(controllerEvent('remove', controller))
    this.#surface.controllerBuried(controller)
    if (controller.cntlid > 0 && controller.options !== undefined) this.#cntlids.free(controller.cntlid)
    this.#freeIfUnused(controller)
  }

  /** A handle of /dev/nvme-fabrics refers to the controller that it created until it is closed. */
  hold(controller: Controller): void {
    controller.handles++
  }

  release(controller: Controller): void {
    controller.handles--
    this.#freeIfUnused(controller)
  }

  /** Frees what was kept only by an open /dev/nvmeN: nobody tells us when a process closes a regular file. */
  reap(): void {
    for (const controller of this.pinned()) this.#freeIfUnused(controller)
  }

  #mustRun(): void {
    if (this.#halted) throw new KernelError('ENODEV', 'the machine is off')
  }

  get #namespaceTools() {
    return { surface: this.#surface, minors: this.#minors }
  }

  #add(parts: Pick<Controller, 'transport' | 'options' | 'bdf' | 'state'>): Controller {
    const controller: Controller = {
      ...parts,
      instance: this.#instances.take(),
      incarnation: ++this.#incarnations,
      cntlid: 0,
      started: false,
      removed: false,
      handles: 0,
      subsystem: undefined,
    }
    this.#controllers.add(controller)
    this.#surface.controllerAppeared(controller)
    this.#surface.uevent(controllerEvent('add', controller))
    return controller
  }

  /** `nvme_init_subsystem`; every discovery controller has a subsystem of its own. */
  #join(controller: Controller, found: Pick<Subsystem, 'nqn' | 'serial' | 'model' | 'discovery'>): void {
    const { nqn, serial, model, discovery } = found
    const known = [...this.#controllers].find(
      ({ subsystem }) => subsystem !== undefined && !discovery && subsystem.nqn === nqn,
    )?.subsystem
    const subsystem: Subsystem = known ?? {
      instance: controller.instance,
      nqn,
      discovery,
      serial,
      model,
      controllers: new Set(),
      namespaces: new Map(),
    }
    subsystem.controllers.add(controller)
    controller.subsystem = subsystem
    if (known === undefined) {
      this.#surface.subsystemAppeared(subsystem)
      this.#surface.uevent(subsystemEvent('add', subsystem))
    }
    this.#surface.controllerJoined(controller, subsystem)
  }

  #live(controller: Controller): void {
    controller.started = true
    this.#become(controller, 'live')
    if (controller.options === undefined) return
    this.#surface.uevent(controllerEvent('change', controller, { NVME_EVENT: 'connected' }))
  }

  #scan(controller: Controller, namespaces: readonly TargetNamespace[]): void {
    const { subsystem } = controller
    if (subsystem !== undefined) attachNamespaces(controller, subsystem, namespaces, this.#namespaceTools)
  }

  #become(controller: Controller, state: Controller['state']): void {
    controller.state = state
    this.#surface.controllerChanged(controller)
  }

  /**
   * `nvme_free_ctrl`: the number goes back, unless it is the subsystem's too (`nvme_release_subsystem` returns that one
   * with the last controller).
   */
  #freeIfUnused(controller: Controller): void {
    if (this.#halted || !controller.removed || controller.handles > 0 || !this.#controllers.has(controller)) return
    if (this.#surface.nodeHeldOpen(controller)) return
    this.#controllers.delete(controller)
    this.#surface.controllerFreed(controller)
    const { subsystem, instance } = controller
    if (subsystem?.instance !== instance) this.#instances.free(instance)
    subsystem?.controllers.delete(controller)
    if (subsystem?.controllers.size === 0) {
      this.#surface.subsystemVanished(subsystem)
      this.#surface.uevent(subsystemEvent('remove', subsystem))
      this.#instances.free(subsystem.instance)
    }
  }
}
