import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'

/** The arguments after the command's own name. */
export const commandLine = (): string[] => process.argv.slice(2)

/** The real process. */
export function processIo(): Io {
  return {
    stdout: text => write(1, text),
    stderr: text => write(2, text),
    interactive,
    ask,
    isDirectory,
    journal,
    catchInterrupt,
  }
}

/** Lets the process end by itself. */
export function finish(code: ExitCode): void {
  process.exitCode = brokenPipe ? EXIT.brokenPipe : code
}

/** Whoever read the output went away (`nvmf list | head -1`): what is under way is finished, the exit code tells. */
let brokenPipe = false

/**
 * Written at once and by descriptor: what was printed before a crash is there, a broken pipe is seen where it happens,
 * and process.stdout, which takes ten milliseconds to make, is not needed.
 */
function write(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0 && !brokenPipe) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') brokenPipe = true
      // Somebody made the pipe non-blocking, and it is full.
      else if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      else throw error
    }
  }
}

async function interactive(): Promise<boolean> {
  const { isatty } = await import('node:tty')
  return isatty(0) && isatty(2)
}

async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline')
  write(2, question)
  // Not a readline terminal: the kernel's own line editing leaves Ctrl-C what it is.
  const lines = createInterface({ input: process.stdin, terminal: false })
  try {
    for await (const line of lines) return line
    return undefined
  } finally {
    lines.close()
  }
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
 * /dev/kmsg is the one way into the journal that needs no socket: journald takes `<6>nvmf: text` apart into priority,
 * identifier and message. One write is one line.
 */
function journal(root: string, line: string): void {
  const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOFOLLOW } = constants
  let fd: number | undefined
  try {
    fd = openSync(`${root.replace(/\/+$/, '')}/dev/kmsg`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW)
    writeSync(fd, `<6>nvmf: ${line}\n`)
  } catch {
    // A host without a kernel log, or a user who may not write it: what was done is done, and the caller was told.
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function catchInterrupt(taken: () => void): { interrupted: () => boolean; stop: () => void } {
  let interrupted = false
  const stop = (): void => void process.off('SIGINT', onInterrupt)
  const onInterrupt = (): void => {
    interrupted = true
    stop()
    taken()
  }
  process.on('SIGINT', onInterrupt)
  return { interrupted: () => interrupted, stop }
}
