import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { Registry } from '../src/index.ts'
import { layoutBelow } from '../src/layout.ts'
import { OwnershipChanges } from '../src/node/ownership-changes.ts'
import type { Sys } from '../src/sys.ts'
import type { OwnershipChange } from '../src/types.ts'
import { type FakeHost, fakeHost } from './host.ts'

export const owned = (owner: string) => ({ state: 'owned', owner }) as const
export const NONE = { state: 'unowned', reason: 'no-entry' } as const

/** A watch that has told the present state: what comes next is news. */
export async function watching(host: FakeHost, present = 0, changes = new Registry({ root: host.root }).watch()) {
  onTestFinished(async () => void (await changes.return?.()))
  const first: OwnershipChange[] = []
  const next = async (): Promise<OwnershipChange> => (await changes.next()).value as OwnershipChange
  for (let i = 0; i < present; i++) first.push(await next())
  // Asked before anything happens, so that the watch has begun; the answer is the first news.
  let asked: Promise<OwnershipChange> | undefined = next()
  await Promise.resolve()
  const news = (): Promise<OwnershipChange> => {
    const answer = asked ?? next()
    asked = undefined
    return answer
  }
  return { first, news, changes }
}

export function owning(...devices: string[]): FakeHost {
  const host = fakeHost()
  for (const device of devices) {
    host.connect(device)
    host.registry.publish(device, 'stas')
  }
  return host
}

/** A watch over a port of the test's own. */
export const over = (host: FakeHost, sys: Sys): OwnershipChanges =>
  new OwnershipChanges(sys, layoutBelow(host.root), undefined)

/** How many directories this process watches, by the kernel's count. */
export function inotifyWatches(): number {
  const fds = readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify'
    } catch {
      // The descriptor that lists them is gone by now.
      return false
    }
  })
  return fds.flatMap(fd => readInfo(fd).match(/^inotify /gm) ?? []).length
}
const readInfo = (fd: string): string => String(readFileSync(`/proc/self/fdinfo/${fd}`))

/** How many watches Node holds, those of directories that are gone included. Closed ones go at the end of a loop's round. */
export async function nodeWatches(): Promise<number> {
  for (let round = 0; round < 2; round++) await new Promise(resolve => setImmediate(resolve))
  return process.getActiveResourcesInfo().filter(each => each === 'FSEventWrap').length
}
