import type { Aftermath } from './aftermath.ts'
import type { Left } from './left.ts'
import type { Settled } from './settle.ts'

/**
 * What went wrong, for programs. Stable: codes are added, never renamed or reused.
 *
 * Before the kernel saw anything:
 * | code | meaning |
 * |---|---|
 * | `bad-option` | a value that cannot be right; `option` says which |
 * | `no-host-identity` | no hostnqn or hostid was given and none can be found |
 * | `unresolved` | the target's host name has no address, or none can be found out now |
 * | `unsupported-option` | the kernel or the transport lacks an option that must not be dropped (TLS, authentication); `option` |
 *
 * From the kernel (drivers/nvme/host/fabrics.c and the transports):
 * | code | errno | meaning |
 * |---|---|---|
 * | `no-module` | ENOENT at open | /dev/nvme-fabrics is missing: the module nvme-fabrics is not loaded |
 * | `permission` | EACCES, EPERM | not allowed to this process |
 * | `already-connected` | EALREADY, or seen before | this connection exists; `device`, `owner` and `ownership` tell which, if sysfs shows it |
 * | `invalid` | EINVAL | arguments that the kernel refuses; its log says why (also: the same hostid with another hostnqn) |
 * | `host-in-use` | EADDRINUSE | hostnqn already in use |
 * | `no-interface` | ENODEV | no such network interface |
 * | `unsupported` | EOPNOTSUPP | the kernel or target does not support it |
 * | `refused` | ECONNREFUSED | nothing listens there |
 * | `timed-out` | ETIMEDOUT | no answer |
 * | `connection-lost` | ECONNRESET, EPIPE, ENOTCONN, ESHUTDOWN | the target closed the connection in the middle |
 * | `unreachable` | EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN | no way there |
 * | `address-unavailable` | EADDRNOTAVAIL | the host address is not this host's |
 * | `no-key` | ENOKEY, EKEYEXPIRED, EKEYREVOKED, EKEYREJECTED | the TLS or authentication key is not there, or not good |
 * | `unknown-subsystem` | EIO | the target does not accept the connect: no such subsystem, or this host is not allowed |
 * | `no-memory` | ENOMEM, ENOBUFS, ENOSPC | the kernel has no memory, or no number, for another controller |
 * | `stopped` | EINTR, ERESTARTSYS | a signal stopped the kernel's wait; nothing is connected |
 * | `io` | any other | `cause` has the errno |
 * | `bad-reply` | – | the kernel's reply names no controller, or its list no options |
 *
 * After the kernel made the controller:
 * | code | meaning |
 * |---|---|
 * | `gone` | the controller went away at once, or before it could be taken down again |
 * | `not-recorded` | ownership was required and could not be recorded; the connection was taken down again unless `stillConnected` (`left`), or, without a `device`, not made |
 * | `owned` | ownership was required, or a claim of what was connected already, but it is `owner`'s; it was left to them |
 *
 * When the caller gave up (nothing stops the kernel: `aftermath` tells how it ended; without it nothing had begun). What the
 * kernel connects then is taken down again if it is unowned or the caller's owner's, and not in use; otherwise it stays:
 * | code | meaning |
 * |---|---|
 * | `interrupted` | the signal aborted |
 * | `deadline` | `timeoutMs` passed |
 */
export type FabricsErrorCode =
  | 'bad-option'
  | 'no-host-identity'
  | 'unresolved'
  | 'unsupported-option'
  | 'no-module'
  | 'permission'
  | 'already-connected'
  | 'invalid'
  | 'host-in-use'
  | 'no-interface'
  | 'unsupported'
  | 'refused'
  | 'timed-out'
  | 'connection-lost'
  | 'unreachable'
  | 'address-unavailable'
  | 'no-key'
  | 'unknown-subsystem'
  | 'no-memory'
  | 'stopped'
  | 'io'
  | 'bad-reply'
  | 'gone'
  | 'not-recorded'
  | 'owned'
  | 'interrupted'
  | 'deadline'

interface Details {
  readonly option?: string
  readonly device?: string | undefined
  readonly owner?: string | undefined
  readonly stillConnected?: boolean
  readonly left?: Left | undefined
  readonly ownership?: Settled
  readonly kernelLog?: readonly string[]
  readonly aftermath?: Promise<Aftermath> | undefined
  readonly cause?: unknown
}

/** The one error that this package throws. The message states the fact and never contains a secret; advice is the caller's. */
export class FabricsError extends Error {
  override readonly name = 'FabricsError'
  readonly code: FabricsErrorCode
  /** The kernel token that the error is about, `trsvcid`. */
  readonly option: string | undefined
  /** `nvme3`, where a controller is known. */
  readonly device: string | undefined
  /** Who owns it, where that is known. */
  readonly owner: string | undefined
  /** The controller exists although this failed. */
  readonly stillConnected: boolean
  /** With `stillConnected`, where the connection was to be taken down again and had to stay: why. */
  readonly left: Left | undefined
  /** With `already-connected`: what became of its ownership. */
  readonly ownership: Settled | undefined
  /** What the kernel's log says about it, troubles first and in their order; empty if it says nothing or cannot be read. */
  readonly kernelLog: readonly string[]
  /** With `interrupted` and `deadline`: how it ended, once it has. Never rejects. */
  readonly aftermath: Promise<Aftermath> | undefined

  constructor(code: FabricsErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.option = details.option
    this.device = details.device
    this.owner = details.owner
    this.stillConnected = details.stillConnected ?? false
    this.left = details.left
    this.ownership = details.ownership
    this.kernelLog = details.kernelLog ?? []
    this.aftermath = details.aftermath
  }
}

/**
 * Is this an error of this package, of whichever copy of it? A program may hold an ESM and a CommonJS copy, or two
 * versions, and each has a class of its own; `name` and `code` are the same in all.
 */
export const isFabricsError = (error: unknown): error is FabricsError =>
  error instanceof Error && error.name === 'FabricsError' && 'code' in error
