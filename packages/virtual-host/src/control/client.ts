import { closeSync, constants, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { VirtualHostError, type VirtualHostErrorCode } from '../errors.ts'
import { PRIVATE } from '../tree/boot.ts'

/** What the control socket answers. */
export type ControlReply = { value: unknown } | { error: { code: VirtualHostErrorCode; message: string } }

/** Has one control command carried out by the process that serves `dir`. */
export async function callHost(dir: string, command: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const socket = await dial(dir)
  try {
    socket.write(`${JSON.stringify({ command, args })}\n`)
    const { value: line, done } = await createInterface({ input: socket })[Symbol.asyncIterator]().next()
    if (done) throw new VirtualHostError('gone', `the virtual host in ${dir} went away during ${command}`)
    const reply = JSON.parse(line) as ControlReply
    if ('error' in reply) throw new VirtualHostError(reply.error.code, reply.error.message)
    return reply.value
  } finally {
    socket.destroy()
  }
}

/** Is there a process that serves `dir`? */
export async function isServed(dir: string): Promise<boolean> {
  try {
    ;(await dial(dir)).destroy()
    return true
  } catch (error) {
    if (error instanceof VirtualHostError && error.code === 'not-serving') return false
    throw error
  }
}

const NOBODY = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED']

/** Connects through the directory's descriptor: the path of the root may be longer than a socket address. */
async function dial(dir: string): Promise<Socket> {
  try {
    const fd = openSync(join(dir, PRIVATE), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      return await connected(`/proc/self/fd/${fd}/control`)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (!NOBODY.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw new VirtualHostError('not-serving', `no virtual host is running in ${dir}`, { cause: error })
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // A host that crashes ends the conversation; the call in flight reports it.
      socket.on('error', () => socket.destroy())
      resolve(socket)
    })
  })
}
