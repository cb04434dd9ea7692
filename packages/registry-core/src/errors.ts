/**
 * What went wrong, for programs. Stable: codes are added, never renamed or reused.
 *
 * | code | meaning |
 * |---|---|
 * | `bad-device` | not `nvme<N>` with 0 <= N <= 2147483647 and no leading zero |
 * | `bad-attribute` | not `[A-Za-z0-9_-]{1,64}` |
 * | `bad-value` | empty, over 4096 bytes, several lines or not printable UTF-8 |
 * | `reserved-attribute` | `owner`, `seqnum` and `incarnation` are the registry's own |
 * | `no-controller` | there is no such controller now |
 * | `owned` | somebody else owns it; `owner` says who |
 * | `unknown-owner` | its ownership cannot be read, so it counts as somebody else's |
 * | `damaged` | something in the registry is not what it should be (a file for a directory, binary content ...) |
 * | `no-sysfs` | /sys/class cannot be read, so nothing can be judged |
 * | `no-proc` | /proc/self/fd does not lead to this process's descriptors, so nothing can be read or written safely |
 * | `changed` | the controller is unowned now, and the caller acts only on what a certain owner owns; nothing was changed |
 * | `busy` | others kept changing the entry; nothing was changed |
 * | `io` | a system call failed; `cause` is the system's error |
 */
export type RegistryErrorCode =
  | 'bad-device'
  | 'bad-attribute'
  | 'bad-value'
  | 'reserved-attribute'
  | 'no-controller'
  | 'owned'
  | 'unknown-owner'
  | 'damaged'
  | 'no-sysfs'
  | 'no-proc'
  | 'changed'
  | 'busy'
  | 'io'

/** Returns the error for a {@link itself} (layout.ts) that does not lead to the directory that was opened. */
export const noProc = (cause?: unknown): RegistryError =>
  new RegistryError('no-proc', "/proc/self/fd is not this process's own, so the registry cannot be read safely", {
    cause,
  })

/** The one error that registry-core throws. The message states the fact; advice is the caller's. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly code: RegistryErrorCode
  /** `nvme3`, where the error is about one device. */
  readonly device: string | undefined
  /** The present owner, with code `owned`. */
  readonly owner: string | undefined

  constructor(
    code: RegistryErrorCode,
    message: string,
    details: { device?: string; owner?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.device = details.device
    this.owner = details.owner
  }
}

/**
 * Is this an error of this package, of whichever copy of it? A program may hold an ESM and a CommonJS copy, or two
 * versions, and each has a class of its own; `name` and `code` are the same in all.
 */
export const isRegistryError = (error: unknown): error is RegistryError =>
  error instanceof Error && error.name === 'RegistryError' && 'code' in error
