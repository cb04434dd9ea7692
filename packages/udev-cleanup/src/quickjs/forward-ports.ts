import { send } from 'nvmf:datagram'
import * as os from 'qjs:os'
import * as std from 'qjs:std'
import type { ForwardPorts } from '../forward.ts'
import { JOURNALD } from '../records.ts'
import { EMSGSIZE } from './linux.ts'
import { toKernelLog } from './log.ts'

/** journald that is started anew is back sooner, and whoever waits for the command that waits for this is patient so long. */
const PATIENCE_MS = 2000

const STDIN = 0
const READ_BYTES = 65_536
const SIGHUP = 1

/** Standard input, and journald with patience. */
export const forwardPorts: ForwardPorts = {
  isTerminal: () => os.isatty(STDIN),
  ignoreSignals: () => {
    for (const signal of [SIGHUP, os.SIGINT, os.SIGTERM, os.SIGPIPE]) os.signal(signal, undefined)
  },
  read,
  send: record => {
    const result = send(JOURNALD, record.buffer as ArrayBuffer, record.length, PATIENCE_MS)
    if (result === 0) return 'sent'
    return result === -EMSGSIZE ? 'too-large' : 'refused'
  },
  kernelLog: toKernelLog,
  complain: text => std.err.puts(`nvmf-registry-cleanup: ${text}\n`),
}

function read(): Uint8Array {
  const buffer = new ArrayBuffer(READ_BYTES)
  const length = os.read(STDIN, buffer, 0, READ_BYTES)
  if (length < 0) throw new Error(`standard input cannot be read: ${std.strerror(-length)}`)
  return new Uint8Array(buffer, 0, length)
}
