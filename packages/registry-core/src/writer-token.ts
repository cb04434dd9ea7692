import { errnoOf, type ReapSys } from './sys.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * The name of a writer, as part of the name of what it has not finished: `<pid namespace>-<pid>-<start time>-<random>`.
 *
 * A process id alone is reused; with the start time (clock ticks since boot, /proc/<pid>/stat field 22, proc(5)) it is
 * not, within one pid namespace. Of another namespace's processes - a container that shares /run - nothing can be told.
 */
export function writerToken(writer: { pidNamespace: string; pid: string; startTime: string }, random: string): string {
  return `${writer.pidNamespace}-${writer.pid}-${writer.startTime}-${random}`
}

const TOKEN = /^([A-Za-z0-9]+)-([0-9]+)-([0-9]+)-[A-Za-z0-9]+$/

/** Is the writer of this token certainly gone? Anything that cannot be told is no. */
export function writerIsGone(sys: ReapSys, token: string): boolean {
  const writer = TOKEN.exec(token)
  if (writer === null) return false
  const [, namespace, pid, startTime] = writer
  if (sys.stat(PID_NAMESPACE).ino !== namespace) return false
  try {
    const started = startTimeIn(sys, `/proc/${pid}/stat`)
    return started !== '' && started !== startTime
  } catch (error) {
    // ESRCH: it ended between the open and the read.
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ESRCH') return true
    throw error
  }
}

/** This process's own pid namespace, never below a root: the inode number is its name (namespaces(7)). */
export const PID_NAMESPACE = '/proc/self/ns/pid'

/** Field 22 of a /proc stat file, or '' if it has none; the fields are counted behind the command's name, which may hold anything. */
export function startTimeIn(sys: ReapSys, path: string): string {
  const file = sys.readFile(path, 4096)
  const text = file.kind === 'file' ? (decodeUtf8(file.bytes) ?? latin1(file.bytes)) : ''
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
