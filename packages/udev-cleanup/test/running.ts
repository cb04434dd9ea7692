import { nodeSys } from '@nvmf/registry-core/node'
import type { ReapSys } from '@nvmf/registry-core/protocol'
import { type CleanupExit, cleanup } from '../src/index.ts'
import type { LogLine } from '../src/messages.ts'
import type { CleanupHost } from './host.ts'

export type Line = Pick<LogLine, 'priority' | 'text'>

export interface Ran {
  readonly exit: CleanupExit
  readonly lines: readonly Line[]
  /** The host whose journal each line went to. */
  readonly roots: readonly string[]
}

/** The helper, on the real file system. */
export function run(args: readonly string[], seqnum?: string, sys: ReapSys = nodeSys()): Ran {
  const lines: Line[] = []
  const roots: string[] = []
  const log = (root: string, { priority, text }: LogLine): void => {
    lines.push({ priority, text })
    roots.push(root)
  }
  return { exit: cleanup({ sys, args, seqnum, log }), lines, roots }
}

export const onHost = (host: CleanupHost, what: string, seqnum?: string): Ran =>
  run(['--root', host.root, what], seqnum)

/** One line, exit code 0. */
export const says = (host: CleanupHost, priority: number, text: string): Ran => ({
  exit: 0,
  lines: [{ priority, text } as Line],
  roots: [host.root],
})
