import type { Surface } from '../kernel/surface.ts'
import type { UeventDraft } from '../kernel/uevent.ts'
import type { ControllerTree } from './controllers.ts'
import type { SubsystemTree } from './subsystems.ts'

/** The driver's changes as files. */
export function directorySurface(
  controllers: ControllerTree,
  subsystems: SubsystemTree,
  uevent: (event: UeventDraft) => void,
): Surface {
  return {
    controllerAppeared: controller => controllers.appear(controller),
    controllerChanged: controller => controllers.change(controller),
    controllerUnplugged: controller => controllers.unplug(controller),
    controllerBuried: controller => controllers.bury(controller),
    controllerFreed(controller) {
      controllers.free(controller)
      if (controller.subsystem !== undefined) subsystems.leave(controller, controller.subsystem)
    },
    subsystemAppeared: subsystem => subsystems.appear(subsystem),
    subsystemVanished: subsystem => subsystems.vanish(subsystem),
    controllerJoined: (controller, subsystem) => subsystems.join(controller, subsystem),
    headAppeared: head => subsystems.headAppear(head),
    headVanished: head => subsystems.headVanish(head),
    pathAppeared: (head, controller) => subsystems.pathAppear(head, controller),
    pathVanished: (head, controller) => subsystems.pathVanish(head, controller),
    uevent,
    nodeHeldOpen: controller => controllers.heldOpen(controller),
  }
}
