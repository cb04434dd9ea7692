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
