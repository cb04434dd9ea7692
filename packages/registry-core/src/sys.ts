/**
 * The system calls that the protocol is written over, and all of them.
 *
 * The protocol is plain synchronous code that reaches the world through this port alone. That is what lets one text run
 * in Node, in the QuickJS helper and in the explorer, which replays it up to its next call and decides who goes next
 * (docs/decisions/0001-plain-code-over-a-port.md).
 *
 * A failing call throws an object whose `code` is the errno's name (`ENOENT`), as Node's own errors do.
 */

/** What a path leads to. `ino` is the decimal inode number: a string, because it is compared and stored, never counted. */
export interface FileInfo {
  readonly kind: 'file' | 'dir' | 'other'
  readonly ino: string
}

/** An open descriptor. */
export type Fd = number

/** A file's first bytes, or the news that it is not a regular file. */
export type FileRead = { readonly kind: 'file'; readonly bytes: Uint8Array } | { readonly kind: 'other' }

/** What the clean-up needs: it looks and it removes. */
export interface ReapSys {
  /** Opens a directory, never through a link (O_DIRECTORY | O_NOFOLLOW): ENOENT, ENOTDIR for a file or a link. */
  openDir(path: string): Fd
  close(fd: Fd): void
  /** Follows links: ENOENT, EACCES. */
  stat(path: string): FileInfo
  /**
   * At most `limit` bytes of a regular file, read without following a link at its end (ELOOP) and without ever blocking
   * on a FIFO. One read, because a regular file gives all that it has. Open, read and close are one call here, because no
   * file of the registry changes once it has its name: writers fill a private file and then give it the name.
   */
  readFile(path: string, limit: number): FileRead
  /**
   * Names without `.` and `..`, of those that begin with `prefix` if one is given: ENOENT, ENOTDIR. A directory that was removed
   * while it is open reads as empty or ENOENT.
   */
  readdir(path: string, prefix?: string): string[]
  unlink(path: string): void
  /** Makes a symbolic link that says `target`: EEXIST, ENOENT. The one thing that a cleaner ever creates (judge.ts). */
  symlink(target: string, path: string): void
  /** What a symbolic link says: ENOENT, EINVAL for anything else. */
  readlink(path: string): string
  /** ENOTEMPTY is what makes it safe: an entry that was filled again stays. */
  rmdir(path: string): void
  /** Says whether no process has this pid in this process's pid namespace: true only for ESRCH of kill(2) with signal 0. */
  isGone(pid: number): boolean
}

/** What a writer needs on top. */
export interface Sys extends ReapSys {
  /** Mode as given, whatever the umask: EEXIST. */
  mkdir(path: string, mode: number): void
  /** A new file with exactly these bytes and this mode, whatever the umask (O_CREAT | O_EXCL | O_NOFOLLOW): EEXIST, ENOENT. */
  writeFile(path: string, bytes: Uint8Array, mode: number): void
  /** rename(2): replaces a file or an *empty* directory at once; ENOTEMPTY otherwise. */
  rename(from: string, to: string): void
  /** link(2): gives a file a second name, EEXIST if the name is taken. The registry's compare-and-set from nothing. */
  link(from: string, to: string): void
  /** Opens a controller's node without waiting for it, so that its number stays taken: ENOENT, EAGAIN, ENXIO, EACCES. */
  openNode(path: string): Fd
  /** A name part that no other writer uses and that names its writer: {@link writerToken}. */
  token(): string
}

/** The errno's name of a failed call, or undefined for anything else (a bug, which is then thrown on). */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined
}

/** Runs `call`; an errno among `expected` becomes undefined, everything else is thrown on. */
export function unless<T>(expected: readonly string[], call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (expected.includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
