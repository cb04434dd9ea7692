import {
  confinedReapSys,
  errnoOf,
  isRegistryError,
  type Layout,
  layoutBelow,
  type Reaped,
  type ReapSys,
  reap,
  registryNames,
  sweep,
} from '@nvmf/registry-core/protocol'
import { parseArguments } from './arguments.ts'
import { removeOthersThatWent } from './crowd.ts'
import { type ForwardPorts, forward } from './forward.ts'
import {
  describeAbsent,
  describeFailure,
  describeOther,
  describeReaped,
  describeSwept,
  describeSweptEntry,
  type LogLine,
} from './messages.ts'

/** What the helper needs of the world it runs in. */
export interface CleanupEnvironment {
  readonly sys: ReapSys
  /** The arguments behind the program's name. */
  readonly args: readonly string[]
  /** SEQNUM of the event, from udevd's environment. */
  readonly seqnum: string | undefined
  /** Puts one line into the journal of the host whose file system begins at `root`; must not throw. */
  log(root: string, line: LogLine): void
  /** For `--journal`; without it that is refused: Node cannot send datagrams. */
  readonly records?: ForwardPorts
}

/**
 * - 0: done, or nothing to do
 * - 1: a system call failed; the entry is left for the next sweep
 * - 2: called in a way that makes no sense; nothing was touched
 */
export type CleanupExit = 0 | 1 | 2

/**
 * The whole helper: one removal event, or one sweep, of which it says in the journal what it did and never waits for
 * anything; or records of somebody else's, which it waits for.
 */
export function cleanup(environment: CleanupEnvironment): CleanupExit {
  const { log } = environment
  const request = parseArguments(environment.args, environment.seqnum)
  if ('problem' in request) {
    log(request.root, describeFailure(request.problem))
    return 2
  }
  if ('journal' in request) {
    if (environment.records !== undefined) return forward(request.root, environment.records)
    log(request.root, describeFailure('--journal: only the native helper can send records to journald'))
    return 2
  }
  const layout = layoutBelow(request.root)
  const sys = confinedReapSys(environment.sys, request.root)
  const device = 'sweep' in request ? undefined : request.device
  const what = device ?? 'sweep'
  const say = (lines: readonly LogLine[]): void => lines.forEach(line => log(request.root, line))
  try {
    const found =
      'sweep' in request ? sweepAll(sys, layout, say) : removed(sys, layout, request.device, request.seqnum, say)
    if (!found && !isThere(sys, layout.registry)) say([describeAbsent(what, layout.registry, device)])
    return 0
  } catch (error) {
    // Whatever it is, udevd must get an exit code and the journal a line; a stack trace would reach neither.
    const reason = error instanceof Error ? error.message : String(error)
    say([describeFailure(`${what}: ${reason}`, device)])
    return 1
  }
}

/** Every entry, without an event. False: there was nothing in the registry. */
function sweepAll(sys: ReapSys, layout: Layout, say: (lines: readonly LogLine[]) => void): boolean {
  const swept = sweep(sys, layout, entry => say([describeSweptEntry(entry)]))
  say(describeSwept(swept))
  return swept.removed.length + swept.kept.length + swept.leftovers.length > 0
}

/**
 * One remove event. What it is about comes first and is told at once, whatever becomes of the others. False: there was
 * nothing in the registry.
 */
function removed(
  sys: ReapSys,
  layout: Layout,
  device: string,
  event: string,
  say: (lines: readonly LogLine[]) => void,
): boolean {
  const names = namesOf(sys, layout)
  const reaped: Reaped = names === undefined ? { outcome: 'kept', reason: 'damaged' } : reap(sys, layout, device, event)
  say(describeReaped(device, event, reaped))
  if (names === undefined) return true
  if (reaped.outcome === 'removed')
    removeOthersThatWent(sys, layout, names, event, (other, found) => say([describeOther(other, event, found)]))
  return names.length > 0
}

function isThere(sys: ReapSys, path: string): boolean {
  try {
    sys.stat(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

/** undefined: what is in the registry's place is a file or a link, and nothing that is reached through it is ours. */
function namesOf(sys: ReapSys, layout: Layout): string[] | undefined {
  try {
    return registryNames(sys, layout)
  } catch (error) {
    if (isRegistryError(error) && error.code === 'damaged') return undefined
    throw error
  }
}
