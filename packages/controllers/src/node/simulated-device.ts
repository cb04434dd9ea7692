import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { DeviceFile } from '../device-file.ts'

/** What a simulated kernel answers to each request, one JSON object a line. */
type Answer = { ok?: true; data?: string; errno?: string }

/**
 * Opens a device of a virtual host: a Unix socket that stands where the device node would.
 *
 * One connection is one open handle. Each request is one JSON object on a line - `{"open": mode}`, `{"write": text}`,
 * `{"read": bytes}` - and gets one line back: `{"ok": true}`, `{"data": text}` or `{"errno": "EIO"}`. Closing the
 * connection closes the handle, also when the process is killed.
 */
export async function openSimulatedDevice(path: string, mode: string): Promise<DeviceFile> {
  const socket = await dial(path)
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]()
  const ask = async (request: object, call: string): Promise<Answer> => {
    socket.write(`${JSON.stringify(request)}\n`)
    const next = await answers.next()
    if (next.done) throw systemError('ENODEV', call, path)
    const answer = JSON.parse(next.value) as Answer
    if (answer.errno !== undefined) throw systemError(answer.errno, call, path)
    return answer
  }
  try {
    await ask({ open: mode }, 'open')
  } catch (error) {
    socket.destroy()
    throw error
  }
  return {
    write: async text => void (await ask({ write: text }, 'write')),
    read: async () => (await ask({ read: 4096 }, 'read')).data ?? '',
    close: () =>
      new Promise(resolve => (socket.destroyed ? resolve() : socket.once('close', () => resolve()).destroy())),
  }
}

function dial(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // A kernel that goes away mid-conversation ends the line iterator; the call in flight reports it.
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}

function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path })
}
