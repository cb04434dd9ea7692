import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { load } from './load.ts'
import { takeFailure, write } from './output.ts'

/** Writes text to standard output, and resolves when it is written or `stopped` is aborted. */
export type WriteUntil = (text: string, stopped: AbortSignal) => Promise<void>

/**
 * {@link write} to standard output for a command that does not end by itself: while a pipe or a terminal has no room (its
 * reader waits) the process still takes signals, and what is left is given up when it is told to stop.
 */
export const writeUntil: WriteUntil = (text, stopped) => {
  chosen ??= choose()
  return chosen(text, stopped)
}

let chosen: WriteUntil | undefined

function choose(): WriteUntil {
  const output = fstatSync(1)
  if (output.isSocket()) return overSocket(1)
  // Without room a socket is the only one of these that Node can wait for, and a pipe is as good as one.
  if (output.isFIFO()) return overSocket(ownDescription() ?? 1)
  const terminal = output.isCharacterDevice() ? ownDescription() : undefined
  return terminal === undefined ? async text => write(1, text) : inTurns(terminal)
}

/**
 * Standard output once more, non-blocking: for this process alone, since on the descriptor itself that would hold for all
 * that have it, as the shell has. undefined: it was opened by another user.
 */
function ownDescription(): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync('/proc/self/fd/1', O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    return undefined
  }
}

function overSocket(fd: number): WriteUntil {
  const { Socket } = load.net()
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write's callback has it.
  socket.on('error', () => {})
  return (text, stopped) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        // What the reader has not taken would keep the process from ending.
        socket.destroy()
        resolve()
      }
      if (stopped.aborted) return stop()
      stopped.addEventListener('abort', stop, { once: true })
      socket.write(text, error => {
        stopped.removeEventListener('abort', stop)
        if (error && !stopped.aborted) settle(() => takeFailure(1, error), resolve, reject)
        else resolve()
      })
    })
}

function settle(call: () => void, resolve: () => void, reject: (error: unknown) => void): void {
  try {
    call()
    resolve()
  } catch (error) {
    reject(error)
  }
}

/** Milliseconds between two attempts to write to a terminal that was stopped (Ctrl-S). */
const AGAIN_MS = 50

function inTurns(fd: number): WriteUntil {
  return async (text, stopped) => {
    let rest = Buffer.from(text)
    while (rest.length > 0 && !stopped.aborted) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return void takeFailure(1, error)
        await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
      }
    }
  }
}
