import type { Controller, NamespaceHead, Subsystem } from './model.ts'
import type { UeventDraft } from './uevent.ts'

/**
 * Where the driver's state becomes visible. The driver calls these in the kernel's order; each returns when it is
 * visible to other processes.
 */
export interface Surface {
  /** The device directory, the class link and /dev/nvmeN are there. */
  controllerAppeared(controller: Controller): void
  controllerChanged(controller: Controller): void
  /** /dev/nvmeN, then the class link, then the attributes are gone. */
  controllerUnplugged(controller: Controller): void
  /** The device directory is gone too: after the remove event was sent. */
  controllerBuried(controller: Controller): void
  /** The last reference went; the number is about to be free. */
  controllerFreed(controller: Controller): void
  subsystemAppeared(subsystem: Subsystem): void
  subsystemVanished(subsystem: Subsystem): void
  controllerJoined(controller: Controller, subsystem: Subsystem): void
  headAppeared(head: NamespaceHead): void
  headVanished(head: NamespaceHead): void
  pathAppeared(head: NamespaceHead, controller: Controller): void
  pathVanished(head: NamespaceHead, controller: Controller): void
  uevent(event: UeventDraft): void
  /** Does a process hold the /dev/nvmeN of this removed controller open? */
  nodeHeldOpen(controller: Controller): boolean
}
