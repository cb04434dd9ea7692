import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { basename } from 'node:path'

/** Which file a path led to. 64 bits each: inode numbers above 2^53 exist. */
export interface FileIdentity {
  dev: bigint
  ino: bigint
}

export function identityOf(path: string): FileIdentity {
  const { dev, ino } = statSync(path, { bigint: true })
  return { dev, ino }
}

/**
 * Does any process that we may look into hold this file open? The real kernel counts references of a device node; a
 * regular file in its place tells nobody, so the descriptors of all processes are asked. Links that cannot be ours by
 * name are left alone: a stat of an arbitrary descriptor may block on a dead network file system.
 */
export function heldOpen(file: FileIdentity): boolean {
  return readdirSync('/proc').some(pid => /^\d+$/.test(pid) && processHolds(`/proc/${pid}/fd`, file))
}

function processHolds(fds: string, { dev, ino }: FileIdentity): boolean {
  for (const fd of listOf(fds)) {
    const target = unlessGone(() => readlinkSync(`${fds}/${fd}`))
    if (target === undefined || !basename(target).startsWith('nvme')) continue
    const found = unlessGone(() => statSync(`${fds}/${fd}`, { bigint: true }))
    if (found?.ino === ino && found.dev === dev) return true
  }
  return false
}

const listOf = (directory: string): string[] => unlessGone(() => readdirSync(directory)) ?? []

/** Processes and descriptors come and go while we look, and other users' are not ours to see. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || code === 'ESRCH') return undefined
    throw error
  }
}
