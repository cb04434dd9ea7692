import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

interface Message {
  id?: number
  return?: unknown
  error?: { class: string; desc: string }
  event?: string
  data?: Record<string, unknown>
}

interface Waiting {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** QEMU's machine protocol: one JSON object per line, answers and events on one socket. */
export class Qmp {
  readonly #socket: Socket
  readonly #pending = new Map<number, Waiting>()
  #migration: Waiting | undefined
  #lastId = 0
  #closed: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // A killed QEMU resets the connection, and readline passes that on: `close` tells the callers.
    socket.on('error', () => {})
    createInterface({ input: socket })
      .on('error', () => {})
      .on('line', line => this.#receive(JSON.parse(line) as Message))
    socket.on('close', () => this.#fail(new Error('QEMU closed its monitor')))
  }

  /** Runs one command and returns its result. */
  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        resolve,
        reject: error => reject(new Error(`QEMU ${command}: ${error.message}`)),
      })
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    })
  }

  /** Resolves at the end of the migration that `start` begins, in either direction. */
  async migration(start: () => Promise<unknown>): Promise<void> {
    const ended = new Promise<unknown>((resolve, reject) => {
      if (this.#closed) reject(this.#closed)
      this.#migration = { resolve, reject }
    })
    const [, status] = await Promise.all([start(), ended])
    if (status === 'failed') throw new Error(`QEMU: ${JSON.stringify(await this.execute('query-migrate'))}`)
    // The event comes a moment before the machine may be told to continue.
    while (((await this.execute('query-status')) as { status: string }).status === 'finish-migrate');
  }

  #receive(message: Message): void {
    if (message.id !== undefined) {
      const waiting = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error) waiting?.reject(new Error(message.error.desc))
      else waiting?.resolve(message.return)
      return
    }
    const status = message.event === 'MIGRATION' ? message.data?.status : undefined
    if (status === 'completed' || status === 'failed') this.#migration?.resolve(status)
  }

  #fail(error: Error): void {
    this.#closed = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#migration?.reject(error)
    this.#pending.clear()
  }
}
