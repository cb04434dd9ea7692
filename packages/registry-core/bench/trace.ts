import { nodeSys } from '../src/node/sys.ts'
import { errnoOf, type Sys } from '../src/sys.ts'

/** One call of the port: what it was given, and the descriptor or the errno that it gave. */
export interface Recorded {
  readonly op: string
  readonly args: readonly unknown[]
  readonly gave?: number | string
}

export const isOpen = (op: string): boolean => op === 'openDir' || op === 'openNode'

/** Every call that a job makes through the port, failing ones included. Making a token is none. */
export function record(job: (sys: Sys) => void): Recorded[] {
  const trace: Recorded[] = []
  const real = nodeSys() as unknown as Record<string, (...args: unknown[]) => unknown>
  const recording = Object.fromEntries(
    Object.entries(real).map(([op, call]) => [
      op,
      (...args: unknown[]) => {
        if (op === 'token') return call()
        // A descriptor is free for the next call as soon as it is closed, so a call stands where it began.
        const at = trace.push({ op, args }) - 1
        try {
          const result = call(...args)
          if (isOpen(op)) trace[at] = { op, args, gave: result as number }
          return result
        } catch (error) {
          trace[at] = { op, args, gave: String(errnoOf(error)) }
          throw error
        }
      },
    ]),
  )
  job(recording as unknown as Sys)
  return trace
}
