import * as os from 'qjs:os'
import * as std from 'qjs:std'
import { encodeUtf8 } from '@nvmf/registry-core/protocol'
import { kmsgPath, kmsgRecord, type LogLine } from '../messages.ts'

/**
 * One line to the journal by way of the kernel's log: journald reads `<priority>tag: text` from /dev/kmsg as that tag's.
 * There are no sockets here, and starting `logger` would cost more than the whole clean-up. Opened anew for each line,
 * because the kernel limits the records of one descriptor (printk_devkmsg).
 */
export function log(root: string, line: LogLine): void {
  const fd = os.open(kmsgPath(root), os.O_WRONLY | os.O_APPEND)
  if (fd < 0) {
    // No kernel log here (a container, an ordinary user): udevd shows stderr when it is asked to debug.
    std.err.puts(`nvmf-registry-cleanup: ${line.text}\n`)
    return
  }
  const bytes = encodeUtf8(kmsgRecord(line))
  os.write(fd, bytes.buffer as ArrayBuffer, 0, bytes.length)
  os.close(fd)
}
