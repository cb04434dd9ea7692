import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { stagingOf, stepNumber, temporaryToken } from '../../../src/layout.ts'
import type { FakeHost } from '../../host.ts'

/**
 * What should not be in the registry when every process has ended, and one of this pid namespace has swept: all but the
 * entries of live controllers, and what a writer of another pid namespace had begun for them.
 */
export function leftOver(host: FakeHost, live: ReadonlySet<string>): string[] {
  const names = readdirSync(host.path())
  return names.flatMap(name => {
    if (live.has(name))
      return readdirSync(host.path(name))
        .filter(inside => !belongs(inside))
        .map(inside => `${name}/${inside}`)
    const staging = stagingOf(name)
    const mayStay =
      staging !== undefined && live.has(staging.device) && isLive(host, staging) && mayBeWritten(staging.token)
    return mayStay ? [] : [name]
  })
}

const ATTRIBUTES = ['incarnation', 'seqnum', 'owner', 'note']

function belongs(name: string): boolean {
  if (ATTRIBUTES.includes(name) || stepNumber(name) !== undefined) return true
  const token = temporaryToken(name)
  return token !== undefined && mayBeWritten(token)
}

const isLive = ({ root }: FakeHost, { device, incarnation }: { device: string; incarnation: string }): boolean =>
  String(statSync(join(root, 'sys/class/nvme', device), { bigint: true }).ino) === incarnation

/** Its writer is of another pid namespace, or its pid is another process's by now. */
function mayBeWritten(token: string): boolean {
  const [namespace, pid] = token.split('-')
  if (namespace !== String(statSync('/proc/self/ns/pid', { bigint: true }).ino)) return true
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}
