import { createServer, type Server, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { KernelError } from '../kernel/errno.ts'

/** One open handle of a device file; a method throws {@link KernelError} where the kernel returns an errno. */
export interface Handle {
  write(text: string): void | Promise<void>
  read(bytes: number): string
  close(): void
}

/** What stands behind a device file. */
export interface Device {
  open(mode: string): Handle
}

/** A device that is being served. */
export interface Served {
  readonly server: Server
  /** The device is gone: no new handles; those that are open go on and get what the device answers. */
  retire(): void
  /** The kernel is gone: the open handles end too. */
  crash(): void
}

/**
 * Serves a device on a Unix socket: one connection is one open handle, each line one call
 * (`{"open": mode}`, `{"write": text}`, `{"read": bytes}`), answered in order.
 */
export function serveDevice(device: Device): Served {
  const connections = new Set<Socket>()
  const server = createServer(socket => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    converse(socket, device)
  })
  return {
    server,
    retire: () => void server.close(),
    crash() {
      server.close()
      for (const socket of connections) socket.destroy()
    },
  }
}

function converse(socket: Socket, device: Device): void {
  let handle: Handle | undefined
  let rest = ''
  let calls = Promise.resolve()
  let over = false
  const answer = async (line: string) => {
    // Every close that was visible before this call arrived is dealt with first, as if both were system calls.
    await setImmediate()
    const reply = await perform(line, device, handle, opened => (handle = opened))
    if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`)
  }
  const end = () => {
    if (over) return
    over = true
    // A process that is killed inside a system call lets go only when the call is done.
    calls = calls.then(() => handle?.close())
  }
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) calls = calls.then(() => answer(line))
  })
  socket.on('end', end)
  socket.on('close', end)
  socket.on('error', () => socket.destroy())
}

type Reply = { ok: true } | { data: string } | { errno: string }

async function perform(
  line: string,
  device: Device,
  handle: Handle | undefined,
  opened: (handle: Handle) => void,
): Promise<Reply> {
  try {
    const request = JSON.parse(line) as { open?: string; write?: string; read?: number }
    if (request.open !== undefined && handle === undefined) {
      opened(device.open(request.open))
      return { ok: true }
    }
    if (handle === undefined) return { errno: 'EBADF' }
    if (request.read !== undefined) return { data: handle.read(request.read) }
    if (request.write === undefined) return { errno: 'EINVAL' }
    await handle.write(request.write)
    return { ok: true }
  } catch (error) {
    if (error instanceof KernelError) return { errno: error.errno }
    if (error instanceof SyntaxError) return { errno: 'EINVAL' }
    throw error
  }
}
