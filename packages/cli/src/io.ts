/** The process around a command: all that the CLI knows of it. */
export interface Io {
  /** Writes text to standard output as it is. */
  stdout(text: string): void
  stderr(text: string): void
  /** Somebody sits there: standard input and standard error are terminals. */
  interactive(): Promise<boolean>
  /** Asks on standard error; the line typed, or undefined at the end of input. */
  ask(question: string): Promise<string | undefined>
  isDirectory(path: string): boolean
  /** Adds a line to the system's journal of `root`; best effort, silent. */
  journal(root: string, line: string): void
  /** Takes the first Ctrl-C instead of dying of it, and calls back; the second kills as usual. */
  catchInterrupt(taken: () => void): { readonly interrupted: () => boolean; readonly stop: () => void }
}
