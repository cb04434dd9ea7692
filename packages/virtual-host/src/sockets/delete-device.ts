import type { Driver } from '../kernel/driver.ts'
import { KernelError } from '../kernel/errno.ts'
import type { Controller } from '../kernel/model.ts'
import type { Device } from './device-server.ts'

/**
 * `delete_controller` of one incarnation (`nvme_sysfs_delete`): whatever is written removes it, and the write returns
 * after the remove event. A handle that outlived its controller answers ENODEV and reaches no other.
 */
export function deleteDevice(driver: () => Driver, controller: Controller): Device {
  return {
    open(mode) {
      if (mode !== 'w') throw new KernelError('EACCES', 'write-only attribute')
      return {
        write() {
          if (controller.removed) throw new KernelError('ENODEV', 'the controller is gone')
          if (!controller.started) throw new KernelError('EBUSY', 'the controller was never live')
          driver().remove(controller)
        },
        read() {
          throw new KernelError('EBADF', 'not open for reading')
        },
        close() {},
      }
    },
  }
}
