import * as os from 'qjs:os'

/** The errnos that the protocol tells apart, by their numbers (asm-generic/errno*.h: the same on x86-64 and arm64). */
export const ERRNO: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  3: 'ESRCH',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  12: 'ENOMEM',
  13: 'EACCES',
  17: 'EEXIST',
  19: 'ENODEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  23: 'ENFILE',
  24: 'EMFILE',
  28: 'ENOSPC',
  30: 'EROFS',
  36: 'ENAMETOOLONG',
  39: 'ENOTEMPTY',
  40: 'ELOOP',
}

export const ESRCH = 3
export const EISDIR = 21
export const EMSGSIZE = 90
const ELOOP = 40
const X86 = { O_DIRECTORY: 0x10000, O_NOFOLLOW: 0x20000, O_NONBLOCK: 0x800, O_CLOEXEC: 0x80000 }
const ARM64 = { ...X86, O_DIRECTORY: 0x4000, O_NOFOLLOW: 0x8000 }

/**
 * The open flags that QuickJS does not name differ between machines (arch/arm64/include/uapi/asm/fcntl.h). Which set is
 * right is asked of the kernel: /proc/self is a link, so a true O_NOFOLLOW refuses it.
 */
export const MACHINE = refusesLinks(X86) ? X86 : ARM64

function refusesLinks(flags: typeof X86): boolean {
  const fd = os.open('/proc/self', os.O_RDONLY | flags.O_NOFOLLOW | flags.O_CLOEXEC)
  if (fd >= 0) os.close(fd)
  return fd === -ELOOP
}
