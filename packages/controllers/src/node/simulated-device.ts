import { closeSync, constants, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
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
  const lines = createInterface({ input: socket })
  const answers = lines[Symbol.asyncIterator]()
  // readline ends with the input's `end`, which a connection that breaks or that we close does not have.
  socket.once('close', () => lines.close())
  const ask = async (request: object, call: string): Promise<Answer> => {
    socket.write(`${JSON.stringify(request)}\n`)
    const next = await answers.next().catch(() => undefined)
    if (next === undefined || next.done === true) throw systemError('ENODEV', call, path)
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

/** Through the directory's descriptor: a root may be longer than the 107 bytes that a socket's address takes. */
function dial(path: string): Promise<Socket> {
  const dir = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect(`/proc/self/fd/${dir}/${basename(path)}`)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // A kernel that goes away mid-conversation ends the line iterator; the call in flight reports it.
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  }).finally(() => closeSync(dir))
}

function systemError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path })
}
