import { statSync } from 'node:fs'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { ask, interactive } from './ask.ts'
import { doctorHost } from './doctor-host.ts'
import { openJournal } from './journal.ts'
import { readerGone, write } from './output.ts'
import { writeUntil } from './patient-output.ts'
import { progress } from './progress.ts'
import { hideArguments, readSecret } from './secret.ts'
import { colourfulErrors, terminal } from './terminal.ts'
import { blockAtOnce } from './threads.ts'

/** The arguments after the command's own name. */
export const commandLine = (): string[] => process.argv.slice(2)

/** The real process. */
export function processIo(): Io {
  return {
    stdout: text => write(1, text),
    stdoutUntil: writeUntil,
    stderr: text => write(2, text),
    readerGone,
    terminal,
    colourfulErrors,
    interactive: async () => interactive(),
    ask,
    isDirectory,
    readSecret,
    hideArguments,
    now: () => new Date(),
    host: doctorHost,
    openJournal,
    catchInterrupt,
    blockAtOnce,
    progress,
  }
}

let ended = false

/** A process that runs out of events before its command has ended must not look like success: Node would call that 0. */
export function begin(): void {
  // Not before: commander takes an exit code that is set already for one of its own.
  process.once('exit', () => {
    if (!ended) process.exitCode = EXIT.failure
  })
}

/** Lets the process end by itself. */
export function finish(code: ExitCode): void {
  ended = true
  if (readerGone()) process.exitCode = EXIT.brokenPipe
  else process.exitCode = code === EXIT.interrupted && lastSignal !== undefined ? EXIT_AFTER[lastSignal] : code
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Whatever the reason: it cannot be used as one.
    return false
  }
}

/**
 * The signals that ask a process to end, and the exit codes of a command that did. Node takes back what nohup(1) did: a
 * SIGHUP that was ignored when it started is one that kills (PlatformInit() in its src/node.cc), and cannot be told apart.
 */
const EXIT_AFTER = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGQUIT: EXIT.quit,
  SIGTERM: EXIT.terminated,
} as const
type Ending = keyof typeof EXIT_AFTER
const SIGNALS = Object.keys(EXIT_AFTER) as Ending[]
let lastSignal: Ending | undefined

function catchInterrupt(taken: () => void): { interrupted: () => boolean; stop: () => void } {
  let interrupted = false
  const stop = (): void => SIGNALS.forEach(signal => process.off(signal, onInterrupt))
  const onInterrupt = (signal: NodeJS.Signals): void => {
    lastSignal = signal as Ending
    interrupted = true
    stop()
    taken()
  }
  for (const signal of SIGNALS) process.on(signal, onInterrupt)
  return { interrupted: () => interrupted, stop }
}
