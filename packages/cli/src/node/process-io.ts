import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Io } from '../io.ts'

/** The arguments after the command's own name. */
export const commandLine = (): string[] => process.argv.slice(2)

/** The real process. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      // `nvmf list | head -1`: nobody reads any more. What is under way is finished, the exit code tells.
      process.exitCode = EXIT.brokenPipe
    })
  }
  return {
    stdout: text => void process.stdout.write(text),
    stderr: text => void process.stderr.write(text),
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    ask,
    isDirectory,
    journal,
    catchInterrupt,
  }
}

/** Lets the process end by itself, so that nothing written is lost. */
export function finish(code: ExitCode): void {
  process.exitCode ??= code
}

async function ask(question: string): Promise<string | undefined> {
  const { createInterface } = await import('node:readline')
  process.stderr.write(question)
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

function catchInterrupt(): { interrupted: () => boolean; stop: () => void } {
  let interrupted = false
  const stop = (): void => void process.off('SIGINT', onInterrupt)
  const onInterrupt = (): void => {
    interrupted = true
    stop()
  }
  process.on('SIGINT', onInterrupt)
  return { interrupted: () => interrupted, stop }
}
