import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Attribute, genericAttributes, namespaceAttributes, subsystemAttributes } from '../kernel/attributes.ts'
import { controllerPath, genericPath, headPath, pathPath, subsystemName, subsystemPath } from '../kernel/layout.ts'
import {
  type Controller,
  deviceName,
  genericName,
  headName,
  type NamespaceHead,
  pathName,
  type Subsystem,
} from '../kernel/model.ts'
import type { Stage } from './stage.ts'

/** /sys/class/nvme-subsystem and the block devices of the namespaces. */
export class SubsystemTree {
  readonly #root: string
  readonly #stage: Stage

  constructor(root: string, stage: Stage) {
    this.#root = root
    this.#stage = stage
  }

  appear(subsystem: Subsystem): void {
    this.#device(subsystemPath(subsystem), 'nvme-subsystem', subsystemAttributes(subsystem))
    this.#link(`/class/nvme-subsystem/${subsystemName(subsystem)}`, subsystemPath(subsystem))
  }

  vanish(subsystem: Subsystem): void {
    this.#remove(`/class/nvme-subsystem/${subsystemName(subsystem)}`)
    this.#remove(subsystemPath(subsystem))
  }

  join(controller: Controller, subsystem: Subsystem): void {
    this.#link(`${subsystemPath(subsystem)}/${deviceName(controller)}`, controllerPath(controller))
  }

  /** The link goes with the last reference, not with the device: until then it dangles (`nvme_free_ctrl`). */
  leave(controller: Controller, subsystem: Subsystem): void {
    this.#remove(`${subsystemPath(subsystem)}/${deviceName(controller)}`)
  }

  headAppear(head: NamespaceHead): void {
    this.#device(headPath(head), 'block', namespaceAttributes(head, false))
    this.#blockLinks(headName(head), headPath(head))
    this.#stage.file(join(this.#root, 'dev', headName(head)), '', 0o660)
    this.#device(genericPath(head), 'nvme-generic', genericAttributes(head))
    this.#link(`/class/nvme-generic/${genericName(head)}`, genericPath(head))
    this.#stage.file(join(this.#root, 'dev', genericName(head)), '', 0o600)
  }

  headVanish(head: NamespaceHead): void {
    rmSync(join(this.#root, 'dev', genericName(head)), { force: true })
    this.#remove(`/class/nvme-generic/${genericName(head)}`)
    this.#remove(genericPath(head))
    rmSync(join(this.#root, 'dev', headName(head)), { force: true })
    this.#unlinkBlock(headName(head))
    this.#remove(headPath(head))
  }

  pathAppear(head: NamespaceHead, controller: Controller): void {
    this.#device(pathPath(head, controller), 'block', namespaceAttributes(head, true))
    this.#blockLinks(pathName(head, controller), pathPath(head, controller))
  }

  pathVanish(head: NamespaceHead, controller: Controller): void {
    this.#unlinkBlock(pathName(head, controller))
    this.#remove(pathPath(head, controller))
  }

  #device(devpath: string, classOf: string, attributes: Record<string, Attribute>): void {
    const device = this.#sys(devpath)
    mkdirSync(dirname(device), { recursive: true })
    this.#stage.folder(device, made => {
      for (const [name, { text, mode }] of Object.entries(attributes)) this.#stage.file(join(made, name), text, mode)
      symlinkSync(relative(device, this.#sys(`/class/${classOf}`)), join(made, 'subsystem'))
    })
  }

  #blockLinks(name: string, devpath: string): void {
    this.#link(`/class/block/${name}`, devpath)
    this.#link(`/block/${name}`, devpath)
  }

  #unlinkBlock(name: string): void {
    this.#remove(`/class/block/${name}`)
    this.#remove(`/block/${name}`)
  }

  #link(from: string, to: string): void {
    const path = this.#sys(from)
    symlinkSync(relative(dirname(path), this.#sys(to)), path)
  }

  #remove(path: string): void {
    rmSync(this.#sys(path), { recursive: true, force: true })
  }

  #sys(path: string): string {
    return join(this.#root, 'sys', path)
  }
}
