import type { Host } from './doctor/host.ts'

/** The process around a command: all that the CLI knows of it. */
export interface Io {
  /** Writes text to standard output as it is. @throws Failure `output` if it cannot be written (a full disk) */
  stdout(text: string): void
  /** The same while there is room; until then it waits, takes signals, and gives up what is left when `stopped` is aborted. */
  stdoutUntil(text: string, stopped: AbortSignal): Promise<void>
  stderr(text: string): void
  /** Whoever read standard output went away: there is no use in printing more. */
  readerGone(): boolean
  /** What standard output is, if it is a terminal. */
  terminal(): Terminal | undefined
  /** Standard error is a terminal that shows colours. */
  colourfulErrors(): boolean
  /** Somebody sits there: standard input is a terminal. */
  interactive(): Promise<boolean>
  /** Asks on standard error, or else on the terminal; the line typed, or undefined at the end of input. */
  ask(question: string): Promise<string | undefined>
  isDirectory(path: string): boolean
  /** Reads a file, or standard input, up to so many bytes. Throws the system's error. `exposed`: everybody may read it. */
  readSecret(path: string | undefined, bytes: number): { readonly text: string; readonly exposed: boolean }
  /** Takes the command line away from where other users can read it. */
  hideArguments(): void
  now(): Date
  /** What the doctor may look at. */
  host(root: string): Host
  /** The journal of the host whose file system begins at `root`; costs nothing before the first record. */
  openJournal(root: string): Journal
  /** Takes the first SIGINT, SIGTERM, SIGHUP or SIGQUIT instead of dying of it, and calls back; the second kills as usual. */
  catchInterrupt(taken: () => void): { readonly interrupted: () => boolean; readonly stop: () => void }
  /** Lets so many system calls block at once. To be said before the first one that may. */
  blockAtOnce(calls: number): void
  /** Shows on standard error how far something is, if that is a terminal and it takes more than a second. */
  progress(text: () => string): { readonly stop: () => void }
}

export interface Terminal {
  /** Characters in a line. */
  readonly columns: number
  readonly colour: boolean
}

/** What one run tells the journal; best effort, silent. */
export interface Journal {
  /** Adds a record: it is on its way when this returns, whatever becomes of this process. */
  add(record: JournalRecord): void
  /** Waits until all of them are in the journal, but not for ever. Whoever looks then sees them. */
  close(): Promise<void>
}

/** One event: a line for people, and the same for programs. */
export interface JournalRecord {
  /** One line of at most 900 bytes without control characters. */
  readonly text: string
  /** Journal fields, `NVMF_OWNER`, of one line each. */
  readonly fields: Readonly<Record<string, string>>
}
