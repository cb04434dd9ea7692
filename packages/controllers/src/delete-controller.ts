import type { DeviceFile, OpenDevice } from './device-file.ts'
import { ControllersError, type ControllersErrorCode, errnoOf } from './errors.ts'
import { below, instanceOf } from './names.ts'

/** A hold on one incarnation of a controller, through which it - and never its successor - can be deleted. */
export interface DeleteHandle {
  /**
   * Deletes the controller; resolves once it is gone. `gone`: somebody else was faster.
   * @throws ControllersError `busy`, `permission`, `io`
   */
  delete(): Promise<'deleted' | 'gone'>
  /** Lets go. Idempotent. */
  close(): Promise<void>
}

/**
 * Opens a controller's delete_controller. What is opened stays this incarnation: when it goes, and even when its name
 * is given to another controller, deleting through the handle finds it gone. So open first, then check what the name
 * stands for, then delete.
 *
 * @throws ControllersError `bad-device`, `no-controller` (also: a PCIe controller, which has no such file), `permission`, `io`
 */
export async function openDeleteController(open: OpenDevice, root: string, device: string): Promise<DeleteHandle> {
  if (instanceOf(device) === undefined) {
    throw new ControllersError('bad-device', `${JSON.stringify(device)} is not a controller's name`)
  }
  let file: DeviceFile
  try {
    file = await open(below(root, `/sys/class/nvme/${device}/delete_controller`), 'w')
  } catch (error) {
    throw failure(error, device, 'delete_controller cannot be opened')
  }
  return {
    async delete() {
      try {
        await file.write('1')
        return 'deleted'
      } catch (error) {
        if (errnoOf(error) === 'ENODEV') return 'gone'
        throw failure(error, device, 'cannot be deleted')
      }
    },
    close: () => file.close(),
  }
}

const CODES: Readonly<Record<string, ControllersErrorCode>> = {
  ENOENT: 'no-controller',
  ENODEV: 'no-controller',
  EACCES: 'permission',
  EPERM: 'permission',
  EBUSY: 'busy',
}

function failure(error: unknown, device: string, what: string): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const code = CODES[errno] ?? 'io'
  const message = code === 'no-controller' ? `${device} has no delete_controller` : `${device}: ${what} (${errno})`
  return new ControllersError(code, message, { device, cause: error })
}
