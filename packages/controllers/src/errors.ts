/**
 * What went wrong, for programs. Stable: codes are added, never renamed or reused.
 *
 * | code | meaning |
 * |---|---|
 * | `no-sysfs` | /sys/class is missing or cannot be read, so nothing can be said about the host |
 * | `bad-device` | not a controller's kernel name (`nvme3`) |
 * | `no-controller` | there is no such controller, or it has no delete_controller file (PCIe) |
 * | `permission` | the system does not let this process do it |
 * | `busy` | the controller cannot be deleted in its present state (EBUSY: it was never started) |
 * | `io` | another system call failure; `cause` is the system's error |
 */
export type ControllersErrorCode = 'no-sysfs' | 'bad-device' | 'no-controller' | 'permission' | 'busy' | 'io'

/** The one error that this package throws. The message states the fact; advice is the caller's. */
export class ControllersError extends Error {
  override readonly name = 'ControllersError'
  readonly code: ControllersErrorCode
  /** `nvme3`, where the error is about one controller. */
  readonly device: string | undefined

  constructor(code: ControllersErrorCode, message: string, details: { device?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.device = details.device
  }
}

/**
 * Why a file could not be read, for a message: the errno's name, or in words what our own checks found (`reason` of the error,
 * see HostTree), such as `not a regular file`. Undefined for anything else: a bug, to be thrown on.
 */
export function readFailure(error: unknown): string | undefined {
  const errno = errnoOf(error)
  const { reason = errno } = error as { reason?: string | undefined }
  return errno === undefined ? undefined : reason
}

/**
 * Is this an error of this package, of whichever copy of it? A program may hold an ESM and a CommonJS copy, or two
 * versions, and each has a class of its own; `name` and `code` are the same in all.
 */
export const isControllersError = (error: unknown): error is ControllersError =>
  error instanceof Error && error.name === 'ControllersError' && 'code' in error

/** The errno's name of a failed system call (`ENOENT`), or undefined for anything else: a bug, to be thrown on. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}
