import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { VirtualHostError } from '../errors.ts'
import type { VirtualHost } from '../host.ts'
import type { ControlReply } from './client.ts'
import { CONTROL_COMMANDS } from './commands.ts'

/** The socket through which other processes steer a virtual host. */
export interface ControlServer {
  readonly server: Server
  /** No new calls; those under way are answered first, `stop` itself among them. */
  close(): void
}

/** One JSON object a line: `{"command": name, "args": {...}}` -> `{"value": ...}` or `{"error": {code, message}}`. */
export function serveControl(host: VirtualHost): ControlServer {
  const idle = new Set<Socket>()
  let closing = false
  const server = createServer(socket => {
    idle.add(socket)
    socket.on('close', () => idle.delete(socket))
    socket.on('error', () => socket.destroy())
    const answer = async (line: string) => {
      idle.delete(socket)
      const reply = await perform(host, line)
      if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`)
      if (closing) socket.end()
      else idle.add(socket)
    }
    createInterface({ input: socket }).on('line', line => void answer(line))
  })
  return {
    server,
    close() {
      closing = true
      server.close()
      for (const socket of idle) socket.destroy()
    },
  }
}

async function perform(host: VirtualHost, line: string): Promise<ControlReply> {
  try {
    const { command, args } = JSON.parse(line) as { command: string; args?: Record<string, unknown> }
    const run = Object.hasOwn(CONTROL_COMMANDS, command) ? CONTROL_COMMANDS[command] : undefined
    if (run === undefined) throw new VirtualHostError('usage', `no command ${command}`)
    return { value: (await run(host, args ?? {})) ?? null }
  } catch (error) {
    if (error instanceof VirtualHostError) return { error: { code: error.code, message: error.message } }
    if (error instanceof SyntaxError) return { error: { code: 'usage', message: error.message } }
    throw error
  }
}
