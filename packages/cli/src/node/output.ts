import { writeSync } from 'node:fs'
import { EXIT } from '../exit-codes.ts'
import { Failure } from '../failure.ts'

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
      // Another process made the pipe non-blocking, and it is full.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      // There is nowhere left to say so.
      else if (!takeFailure(fd, error)) return
    }
  }
}

/**
 * Deals with a write that failed for good: a reader that has gone is remembered ({@link readerGone}).
 *
 * @returns false: standard error cannot be written
 * @throws Failure `output`: standard output cannot be written
 */
export function takeFailure(fd: 1 | 2, error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EPIPE') broken.add(fd)
  else if (fd === 2) return false
  else throw unwritable(fd, message, error)
  return true
}

/** Node ends its messages with the name of the call. */
const unwritable = (fd: 1 | 2, message: string, cause: unknown): Failure =>
  new Failure(EXIT.failure, 'output', `${NAMES[fd]} cannot be written: ${message.replace(/, write$/, '')}`, { cause })
