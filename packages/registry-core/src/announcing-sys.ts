import type { Fd, Sys } from './sys.ts'

/** The system calls of announcing beside {@link Sys}: a listening socket that ends with its process, and a look at one. */
export interface AnnouncingSys extends Sys {
  /**
   * Makes a Unix stream socket of this name that listens until it is closed or the process has ended, whichever comes
   * first: the kernel closes it when the last thread of the process is gone (exit_files in kernel/exit.c), also if that
   * thread was in a system call until then.
   *
   * @returns what {@link Sys.close} takes
   */
  listen(path: string): Fd
  /**
   * Does the socket of this name listen? Returns false only if it is certain that it does not: connect(2) gives
   * ECONNREFUSED, or ENOENT. Any other answer, and none, is true. May be the answer of an earlier moment if that was false.
   */
  holds(path: string): boolean
}
