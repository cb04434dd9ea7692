/** What the doctor may look at: a host's files below its root, and whether a program of the host starts. */
export interface Host {
  /** The file itself, a link not followed; undefined: there is none. A failing call throws an object with a `code`. */
  look(path: string): FileFacts | undefined
  /** A regular file's text of at most 64 KiB, links followed; undefined: there is none. */
  read(path: string): string | undefined
  /** What is in a directory; nothing if there is none. */
  names(path: string): readonly string[]
  /** Nobody can write there, because it is mounted read-only. */
  readOnly(path: string): boolean
  /** It is the host that this runs on. Programs of another one are not run: they may be for another machine, or a trap. */
  readonly here: boolean
  /** Runs a program of this host and says how that ended: undefined if well, else in one line. */
  run(path: string, args: readonly string[]): string | undefined
  /** Whoever asks is root. */
  readonly asRoot: boolean
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly size: number
  /** Where a link leads, as it is written. */
  readonly target?: string
  /** Last change of the content, ms since 1970. */
  readonly written: number
  /** When the file came to be as it is here, ms since 1970: packages set the other time to their own. */
  readonly installed: number
}
