import { send } from 'nvmf:datagram'
import * as os from 'qjs:os'
import * as std from 'qjs:std'
import { confinement, encodeUtf8, errnoOf, type Look } from '@nvmf/registry-core/protocol'
import { isHere } from '../forward.ts'
import type { LogLine } from '../messages.ts'
import { JOURNALD, journaldRecord, kmsgPath, kmsgRecord } from '../records.ts'
import { MACHINE } from './linux.ts'

/**
 * One record to the journal: to journald itself, with fields; where there is none, or it is too busy to take it at once, by
 * way of the kernel's log; where there is none of that either, to stderr. Nothing here waits.
 */
export function log(root: string, line: LogLine): void {
  if (isHere(root) && toJournald(line)) return
  if (!toKernelLog(root, kmsgRecord(line))) std.err.puts(`nvmf-registry-cleanup: ${line.text}\n`)
}

const AT_ONCE = 0

function toJournald(line: LogLine): boolean {
  const bytes = encodeUtf8(journaldRecord(line))
  return send(JOURNALD, bytes.buffer as ArrayBuffer, bytes.length, AT_ONCE) === 0
}

/**
 * journald reads `<priority>tag: text` from /dev/kmsg as that tag's. Opened anew for each line, because the kernel limits
 * the records of one descriptor (printk_devkmsg).
 */
export function toKernelLog(root: string, record: string): boolean {
  const flags = os.O_WRONLY | os.O_APPEND | MACHINE.O_NOFOLLOW | MACHINE.O_NONBLOCK | MACHINE.O_CLOEXEC
  const path = confined(root, kmsgPath(root))
  const fd = path === undefined ? -1 : os.open(path, flags)
  if (fd < 0) return false
  const bytes = encodeUtf8(record)
  const written = os.write(fd, bytes.buffer as ArrayBuffer, 0, bytes.length)
  os.close(fd)
  return written === bytes.length
}

/** undefined: no path below the root leads there. */
function confined(root: string, path: string): string | undefined {
  try {
    return confinement(root, look)(path, 'keep')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}

/** What is no link fails with EINVAL; what is not there fails in the call that follows. */
const look: Look = path => {
  const [link, errno] = os.readlink(path)
  return errno === 0 ? { link } : 'other'
}
