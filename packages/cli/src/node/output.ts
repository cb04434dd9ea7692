import { fstatSync, writeSync } from 'node:fs'
import { EXIT } from '../exit-codes.ts'
import { Failure } from '../failure.ts'
import type { Terminal } from '../io.ts'
import { load } from './load.ts'

const NAMES = { 1: 'standard output', 2: 'standard error' } as const

const broken = new Set<1 | 2>()

/** Whoever read the output went away (`nvmf list | head -1`): what is under way is finished, the exit code tells. */
export const readerGone = (): boolean => broken.has(1)

/**
 * Written at once and by descriptor: what was printed before a crash is there, a broken pipe is seen where it happens,
 * and process.stdout, which takes ten milliseconds to make, is not needed.
 */
export function write(fd: 1 | 2, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0 && !broken.has(fd)) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') broken.add(fd)
      // Somebody made the pipe non-blocking, and it is full.
      else if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      // Nobody is left to be told.
      else if (fd === 2) return
      else throw unwritable(fd, message, error)
    }
  }
}

/** Node ends its messages with the name of the call. */
const unwritable = (fd: 1 | 2, message: string, cause: unknown): Failure =>
  new Failure(EXIT.failure, 'output', `${NAMES[fd]} cannot be written: ${message.replace(/, write$/, '')}`, { cause })

/** What standard output is, if it is a terminal. */
export function terminal(): Terminal | undefined {
  // Nearly every script's output is a pipe or a file, and that is told without loading anything.
  if (!fstatSync(1).isCharacterDevice()) return undefined
  return load.tty().isatty(1) ? { columns: columnsOf(1), colour: wantsColour() } : undefined
}

/** Characters in a line of a terminal. */
export function columnsOf(fd: 1 | 2): number {
  const { WriteStream } = load.tty()
  const stream = new WriteStream(fd)
  const [columns] = stream.getWindowSize()
  stream.unref?.()
  // Some terminals (a serial line) know no width.
  return columns > 0 ? columns : 80
}

export const colourfulErrors = (): boolean => wantsColour() && fstatSync(2).isCharacterDevice() && load.tty().isatty(2)

/** no-color.org, and terminals that say that they have none. */
const wantsColour = (): boolean => (process.env['NO_COLOR'] ?? '') === '' && !isDumb()

/** A terminal that takes text and nothing else. */
export const isDumb = (): boolean => ['dumb', '', undefined].includes(process.env['TERM'])
