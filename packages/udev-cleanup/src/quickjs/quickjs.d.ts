/**
 * The parts of QuickJS 2025-04-26 that the helper uses, checked against its documentation, its quickjs-libc.c and a
 * probe program. The build maps `qjs:std` and `qjs:os` to the engine's own `std` and `os`; a plain `os` would be Node's.
 *
 * What holds for every call:
 * - Nothing throws on a failing system call. A number below zero is -errno; in a pair [value, err], err is errno,
 *   *positive*, and 0 means success. Wrong argument types do throw, a TypeError or RangeError.
 * - EINTR is not retried.
 * - A path is cut at its first NUL without an error: open('/a\0b') opens /a. Whoever takes names from outside checks.
 * - Strings go out as UTF-8, a lone surrogate as its three bytes; strings from the system (names, arguments, environment)
 *   are decoded without validation, so a byte sequence that is not UTF-8 does not survive a round trip.
 * - There is no socket (see `nvmf:datagram`), no chmod, no fchmod, no umask, no unlink or rmdir by itself, no openat, no
 *   fstat, no fsync.
 * - There is no TextDecoder, no Buffer, no process; setTimeout is os.setTimeout.
 * - An uncaught exception prints "Name: message" and the stack to stderr and exits with 1.
 */

declare const scriptArgs: readonly string[] // [0] is the program as it was called

declare module 'qjs:os' {
  /** Constants are the platform's own. Not exported, and different on other machines (x86-64 | arm64), so pass numbers:
   *  O_DIRECTORY 0x10000 | 0x4000, O_NOFOLLOW 0x20000 | 0x8000, O_NONBLOCK 0x800, O_CLOEXEC 0x80000. */
  export const O_RDONLY: number
  export const O_WRONLY: number
  export const O_RDWR: number
  export const O_APPEND: number
  export const O_CREAT: number
  export const O_EXCL: number
  export const O_TRUNC: number
  export const S_IFMT: number
  export const S_IFIFO: number
  export const S_IFCHR: number
  export const S_IFDIR: number
  export const S_IFBLK: number
  export const S_IFREG: number
  export const S_IFSOCK: number
  export const S_IFLNK: number

  /**
   * open(2): the flags go to the kernel unchanged, every bit of them. The fd is *not* close-on-exec unless O_CLOEXEC
   * is passed. Mode defaults to 0o666 and is cut by the umask.
   * Measured: O_DIRECTORY on a file -20 ENOTDIR; O_NOFOLLOW on a link -40 ELOOP, with O_DIRECTORY too -20; a FIFO with
   * O_NONBLOCK opens at once, and stat of /proc/self/fd/N then tells that it is one.
   * /proc/self/fd/N/name creates, opens and removes inside the directory behind N; once that is removed, open is -2.
   */
  export function open(path: string, flags: number, mode?: number): number
  /** 0 or -errno; closing twice gives -9. */
  export function close(fd: number): number
  /** Bytes or -errno. Takes the ArrayBuffer itself: a typed array is refused with a TypeError. */
  export function read(fd: number, buffer: ArrayBuffer, position: number, length: number): number
  /**
   * Bytes or -errno. On /dev/kmsg one write is one record "<14>tag: text\n" and arrives in the journal with that tag:
   * up to 1024 bytes whole (kernels before 6.4, by their source: 976), one more gives -22 EINVAL and nothing is logged. Before systemd has set
   * kernel.printk_devkmsg=on, the kernel drops all but ten records per open fd in five seconds and still reports
   * success: open it anew for each line. A facility of 0 is replaced by 1 (user).
   */
  export function write(fd: number, buffer: ArrayBuffer, position: number, length: number): number

  /** Times in milliseconds. Integers come as numbers: exact to 2^53, and an inode of sysfs or tmpfs stays far below. */
  export interface Stat {
    dev: number
    ino: number
    mode: number
    nlink: number
    uid: number
    gid: number
    rdev: number
    size: number
    blocks: number
    atime: number
    mtime: number
    ctime: number
  }
  /** [Stat, 0] or [null, errno]. stat('/proc/self/fd/N') is the fstat; lstat of it is the magic link. */
  export function stat(path: string): [Stat, 0] | [null, number]
  export function lstat(path: string): [Stat, 0] | [null, number]
  /** Every name, "." and ".." among them, unsorted; [[], 2] when missing, [[], 20] for a file. A removed directory that
   *  is read through its fd gives [[], 0]. A failure half-way gives the names so far *and* an errno. */
  export function readdir(path: string): [string[], number]
  /** [target, 0] or ['', errno]. */
  export function readlink(path: string): [string, number]
  /** 0 or -errno; the default mode is 0o777; the umask applies, and there is no chmod to undo it. */
  export function mkdir(path: string, mode?: number): number
  /** rename(2): 0 or -errno; -39 ENOTEMPTY onto a directory that has entries. */
  export function rename(from: string, to: string): number
  /**
   * glibc's remove(3): unlink, and on EISDIR rmdir. So "name" removes a file, a link *or an empty directory*, while
   * "name/" is exactly rmdir: a file or a link there gives -20, a directory with entries -39, nothing -2.
   */
  export function remove(path: string): number
  export function symlink(target: string, path: string): number
  /** kill(2): 0 or -errno. */
  export function kill(pid: number, signal: number): number
  /** The process id (Debian's documentation of earlier versions has none). */
  export function getpid(): number
  export function isatty(fd: number): boolean
  export const SIGINT: number
  export const SIGPIPE: number
  export const SIGTERM: number
  /** `undefined` ignores a signal, and `null` is the default again. SIGHUP, 1, has no name here. */
  export function signal(signal: number, handler: undefined | null): void
  /** Milliseconds on a monotonic clock, with a fraction. */
  export function now(): number
}

/** Ours, in datagram.c. */
declare module 'nvmf:datagram' {
  /** Sends the first `length` bytes to a Unix socket as one datagram: 0 or -errno, -11 if it had no room for so many ms. */
  export function send(path: string, bytes: ArrayBuffer, length: number, patienceMs: number): number
}

declare module 'qjs:std' {
  export interface File {
    /** Buffered stdio; stderr is not buffered. Nothing is reported when the write fails. */
    puts(...text: string[]): void
    flush(): void
    close(): number
  }
  export const out: File
  export const err: File
  /** exit(3): flushes stdio, does not return, runs no `finally`. */
  export function exit(status: number): never
  export function getenv(name: string): string | undefined
  export function strerror(errno: number): string
}

/*
 * Reading a small file: read() into an ArrayBuffer of 4097 bytes until it returns 0, then
 * - bytes as latin1: String.fromCharCode(...new Uint8Array(buffer, 0, n)) - 4096 arguments are fine;
 * - UTF-8, validated: decodeURIComponent over the bytes as %XX throws URIError on every malformed sequence
 *   (overlong, surrogate, above U+10FFFF, cut short), and needs no RegExp.
 * Never std.loadFile: it asks for the size first, so it gives "" for /proc and null for /sys, and decodes bad bytes
 * without saying so. File.readAsString and getline decode the same way.
 */
