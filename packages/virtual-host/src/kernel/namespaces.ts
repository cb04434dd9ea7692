import type { Controller, NamespaceHead, Subsystem, TargetNamespace } from './model.ts'
import type { NumberPool } from './number-pool.ts'
import type { Surface } from './surface.ts'
import { genericEvent, headEvent } from './uevent.ts'

/** The scan after a connect: a path for every namespace, and the block device with the first path. */
export function attachNamespaces(
  controller: Controller,
  subsystem: Subsystem,
  found: readonly TargetNamespace[],
  { surface, minors }: { surface: Surface; minors: NumberPool },
): void {
  for (const [position, { nsid, bytes, uuid }] of found.entries()) {
    const known = subsystem.namespaces.get(nsid)
    const head: NamespaceHead = known ?? {
      subsystem,
      index: position + 1,
      nsid,
      minor: minors.take(),
      bytes,
      uuid,
      paths: new Set(),
    }
    head.paths.add(controller)
    if (controller.bdf === undefined) surface.pathAppeared(head, controller)
    if (known !== undefined) continue
    subsystem.namespaces.set(nsid, head)
    surface.headAppeared(head)
    surface.uevent(headEvent('add', head))
    surface.uevent(genericEvent('add', head))
  }
}

/** `nvme_remove_namespaces`: the block device goes with its last path. */
export function detachNamespaces(
  controller: Controller,
  subsystem: Subsystem,
  { surface, minors }: { surface: Surface; minors: NumberPool },
): void {
  for (const head of subsystem.namespaces.values()) {
    if (!head.paths.has(controller)) continue
    if (head.paths.size === 1) {
      surface.headVanished(head)
      surface.uevent(genericEvent('remove', head))
      surface.uevent(headEvent('remove', head))
      subsystem.namespaces.delete(head.nsid)
      minors.free(head.minor)
    }
    if (controller.bdf === undefined) surface.pathVanished(head, controller)
    head.paths.delete(controller)
  }
}
