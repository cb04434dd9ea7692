import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { controllerAttributes } from '../kernel/attributes.ts'
import { controllerPath } from '../kernel/layout.ts'
import { type Controller, deviceName } from '../kernel/model.ts'
import { controllerEvent } from '../kernel/uevent.ts'
import type { Device, Served } from '../sockets/device-server.ts'
import { serveDevice } from '../sockets/device-server.ts'
import { type FileIdentity, heldOpen, identityOf } from './held-open.ts'
import type { Stage } from './stage.ts'

interface Shown {
  served: Served | undefined
  texts: Map<string, string>
  /** The removed node: kept, so that its inode number stays its own while somebody may have it open. */
  node: { path: string; identity: FileIdentity } | undefined
}

/** /dev/nvmeN, /sys/class/nvme/nvmeN and the device directory of every incarnation. */
export class ControllerTree {
  readonly #root: string
  readonly #stage: Stage
  readonly #graveyard: string
  readonly #deleteDevice: (controller: Controller) => Device
  readonly #shown = new Map<Controller, Shown>()
  /** Of every incarnation, dead ones included: somebody may still hold a handle. */
  readonly #served: Served[] = []

  constructor(root: string, stage: Stage, graveyard: string, deleteDevice: (controller: Controller) => Device) {
    this.#root = root
    this.#stage = stage
    this.#graveyard = graveyard
    this.#deleteDevice = deleteDevice
    mkdirSync(graveyard, { recursive: true })
  }

  appear(controller: Controller): void {
    const shown: Shown = { served: undefined, texts: new Map(), node: undefined }
    this.#shown.set(controller, shown)
    const { device, link } = this.#paths(controller)
    mkdirSync(dirname(device), { recursive: true })
    this.#stage.folder(device, made => {
      this.#write(controller, shown, made)
      const { properties } = controllerEvent('add', controller)
      const { ACTION: _, DEVPATH: __, SUBSYSTEM: ___, ...shownProperties } = properties
      const lines = Object.entries({ ...shownProperties, DEVNAME: deviceName(controller) })
      this.#stage.file(join(made, 'uevent'), lines.map(pair => `${pair.join('=')}\n`).join(''), 0o644)
      symlinkSync(relative(device, join(this.#root, 'sys/class/nvme')), join(made, 'subsystem'))
      symlinkSync(controller.bdf === undefined ? '../../ctl' : `../../../${controller.bdf}`, join(made, 'device'))
      // PCIe has no delete operation, so the file does not exist there (nvme_dev_attrs_are_visible).
      if (controller.options === undefined) return
      shown.served = serveDevice(this.#deleteDevice(controller))
      this.#served.push(shown.served)
      this.#stage.socket(join(made, 'delete_controller'), shown.served.server, 0o200)
    })
    symlinkSync(relative(dirname(link), device), link)
    this.#stage.file(this.#node(controller), '', 0o600)
  }

  change(controller: Controller): void {
    const shown = this.#shown.get(controller)
    if (shown !== undefined && !controller.removed) this.#write(controller, shown, this.#paths(controller).device)
  }

  /** devtmpfs node, class link, attributes: the order of `device_del`, all before the remove event. */
  unplug(controller: Controller): void {
    const shown = this.#shown.get(controller)
    if (shown === undefined) return
    const node = this.#node(controller)
    const kept = join(this.#graveyard, `${deviceName(controller)}.${controller.incarnation}.node`)
    shown.node = { path: kept, identity: identityOf(node) }
    renameSync(node, kept)
    const { device, link } = this.#paths(controller)
    unlinkSync(link)
    shown.served?.retire()
    for (const name of readdirSync(device)) unlinkSync(join(device, name))
  }

  /**
   * Keeps the directory: its inode number is the incarnation's identity, and ext4 would give it to the next directory
   * at once, where sysfs counts on for ever.
   */
  bury(controller: Controller): void {
    const { device } = this.#paths(controller)
    renameSync(device, join(this.#graveyard, `${deviceName(controller)}.${controller.incarnation}`))
  }

  heldOpen(controller: Controller): boolean {
    const node = this.#shown.get(controller)?.node
    return node !== undefined && heldOpen(node.identity)
  }

  free(controller: Controller): void {
    const shown = this.#shown.get(controller)
    if (shown?.node !== undefined) rmSync(shown.node.path, { force: true })
    this.#shown.delete(controller)
  }

  /** The kernel is gone: every handle ends. */
  close(): void {
    for (const served of this.#served) served.crash()
  }

  #paths(controller: Controller): { device: string; link: string } {
    return {
      device: join(this.#root, 'sys', controllerPath(controller)),
      link: join(this.#root, 'sys/class/nvme', deviceName(controller)),
    }
  }

  #node(controller: Controller): string {
    return join(this.#root, 'dev', deviceName(controller))
  }

  #write(controller: Controller, shown: Shown, directory: string): void {
    for (const [name, { text, mode }] of Object.entries(controllerAttributes(controller))) {
      if (shown.texts.get(name) === text) continue
      shown.texts.set(name, text)
      this.#stage.file(join(directory, name), text, mode)
    }
  }
}
