import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Announcements } from '../src/index.ts'

const CHILD = join(import.meta.dirname, 'child-announcing.ts')

/**
 * A process that has announced a connect for `owner` below `root`, killed when the test is over.
 * @param inside what it is run by: `unshare` and its options
 */
export async function announcing(
  root: string,
  owner: string,
  { inside = [], more = [] }: { inside?: readonly string[]; more?: readonly string[] } = {},
): Promise<ChildProcess> {
  const [program = '', ...args] = [
    ...inside,
    process.execPath,
    '--conditions=@nvmf/source',
    CHILD,
    root,
    owner,
    ...more,
  ]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  onTestFinished(() => kill(child))
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  if (String(said) !== 'announced\n') throw new Error(String(said))
  return child
}

/** Kills a process and those that it runs, and waits until they have ended. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  process.kill(-(child.pid as number), 'SIGKILL')
  await closed
}

/** The owners for whom living processes connect something. */
export async function ownersAnnounced(announcements: Announcements): Promise<(string | undefined)[]> {
  await announcements.probe()
  return announcements
    .announced()
    .connecting.map(what => what?.owner)
    .toSorted()
}
