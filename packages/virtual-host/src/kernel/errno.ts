/** The errnos that the simulated driver answers system calls with. */
export type Errno =
  | 'EACCES'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EALREADY'
  | 'EBADF'
  | 'EBUSY'
  | 'ECONNREFUSED'
  | 'EINTR'
  | 'EINVAL'
  | 'EIO'
  | 'ENODEV'
  | 'ENOKEY'
  | 'ENOMEM'
  | 'EOPNOTSUPP'
  | 'ETIMEDOUT'

export const ERRNOS: readonly Errno[] = [
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EALREADY',
  'EBADF',
  'EBUSY',
  'ECONNREFUSED',
  'EINTR',
  'EINVAL',
  'EIO',
  'ENODEV',
  'ENOKEY',
  'ENOMEM',
  'EOPNOTSUPP',
  'ETIMEDOUT',
]

/** A system call that fails; `detail` is what the kernel would have put into dmesg. */
export class KernelError extends Error {
  readonly errno: Errno

  constructor(errno: Errno, detail: string) {
    super(`${errno}: ${detail}`)
    this.name = 'KernelError'
    this.errno = errno
  }
}
