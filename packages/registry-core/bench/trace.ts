import { nodeSys } from '../src/node/sys.ts'
import type { Sys } from '../src/sys.ts'

/** One call of the port: what it was given, and the descriptor that it gave. */
export interface Recorded {
  readonly op: string
  readonly args: readonly unknown[]
  readonly fd?: number
}

/** Every call that a job makes through the port, failing ones included. Making a token is none. */
export function record(job: (sys: Sys) => void): Recorded[] {
  const trace: Recorded[] = []
  const real = nodeSys() as unknown as Record<string, (...args: unknown[]) => unknown>
  const recording = Object.fromEntries(
    Object.entries(real).map(([op, call]) => [
      op,
      (...args: unknown[]) => {
        if (op === 'token') return call()
        const at = trace.push({ op, args }) - 1
        const result = call(...args)
        if (op === 'openDir' || op === 'openNode') trace[at] = { op, args, fd: result as number }
        return result
      },
    ]),
  )
  job(recording as unknown as Sys)
  return trace
}
