import { layoutBelow, type ReapSys, RegistryError, reap, sweep } from '@nvmf/registry-core/protocol'
import { parseArguments } from './arguments.ts'
import { describeReaped, describeSwept, type LogLine, PRIORITY } from './messages.ts'

/** What the helper needs of the world it runs in. */
export interface CleanupEnvironment {
  readonly sys: ReapSys
  /** The arguments behind the program's name. */
  readonly args: readonly string[]
  /** SEQNUM of the event, from udevd's environment. */
  readonly seqnum: string | undefined
  /** Puts one line into the journal of the host whose file system begins at `root`; must not throw. */
  log(root: string, line: LogLine): void
}

/**
 * - 0: done, or nothing to do
 * - 1: a system call failed; the entry is left for the next sweep
 * - 2: called in a way that makes no sense; nothing was touched
 */
export type CleanupExit = 0 | 1 | 2

/** The whole helper: one removal event, or one sweep. Says what it did in the journal, never waits for anything. */
export function cleanup(environment: CleanupEnvironment): CleanupExit {
  const { sys, log } = environment
  const request = parseArguments(environment.args, environment.seqnum)
  if ('problem' in request) {
    log(request.root, { priority: PRIORITY.error, text: request.problem })
    return 2
  }
  const layout = layoutBelow(request.root)
  const what = request.device ?? 'sweep'
  try {
    const lines =
      request.device === undefined
        ? describeSwept(sweep(sys, layout))
        : describeReaped(request.device, request.seqnum, reap(sys, layout, request.device, request.seqnum))
    for (const line of lines) log(request.root, line)
    return 0
  } catch (error) {
    // Whatever it is, udevd must get an exit code and the journal a line; a stack trace would reach neither.
    const reason = error instanceof RegistryError || error instanceof Error ? error.message : String(error)
    log(request.root, { priority: PRIORITY.error, text: `${what}: ${reason}` })
    return 1
  }
}
