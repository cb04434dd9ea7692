import type { ReapSys } from './sys.ts'

/**
 * The name of a writer, as part of the name of what it has not finished: `<pid namespace>-<pid>-<random>`.
 *
 * Of another pid namespace's processes - a container that shares /run - nothing can be told.
 */
export const writerToken = (writer: { pidNamespace: string; pid: number }, random: string): string =>
  `${writer.pidNamespace}-${writer.pid}-${random}`

/** A pid is an int (pid_t). */
const MAX_PID = 2 ** 31 - 1
const TOKEN = /^([A-Za-z0-9]+)-([1-9][0-9]{0,9})-[A-Za-z0-9]+$/

/**
 * Has the writer of this token certainly ended? Only the kernel's ESRCH for a pid of this process's own pid namespace says so.
 * /proc is not asked: it may hide processes (hidepid), be another namespace's, and count start times from another boot (time
 * namespaces). A pid that is in use again counts as the writer.
 */
export function writerIsGone(sys: ReapSys, token: string): boolean {
  const [, namespace, pid] = TOKEN.exec(token) ?? []
  if (namespace === undefined || Number(pid) > MAX_PID) return false
  return sys.stat(PID_NAMESPACE).ino === namespace && sys.isGone(Number(pid))
}

/** This process's own pid namespace, never below a root: the inode number is its name (namespaces(7)). */
export const PID_NAMESPACE = '/proc/self/ns/pid'
