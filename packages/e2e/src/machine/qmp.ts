import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

interface Message {
  id?: number
  return?: unknown
  error?: { class: string; desc: string }
  event?: string
  data?: Record<string, unknown>
}

/** QEMU's machine protocol: one JSON object per line, answers and events on one socket. */
export class Qmp {
  readonly #socket: Socket
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  readonly #watchers = new Set<{ wants: (event: Message) => boolean; done: () => void; fail: (error: Error) => void }>()
  #lastId = 0
  #closed: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    createInterface({ input: socket }).on('line', line => this.#receive(JSON.parse(line) as Message))
    socket.on('error', () => {})
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
    let failed = false
    const ended = new Promise<void>((done, fail) => {
      if (this.#closed) return fail(this.#closed)
      const wants = ({ event, data }: Message) => {
        failed = event === 'MIGRATION' && data?.status === 'failed'
        return failed || (event === 'MIGRATION' && data?.status === 'completed')
      }
      this.#watchers.add({ wants, done, fail })
    })
    await Promise.all([start(), ended])
    if (failed) throw new Error(`QEMU migration failed: ${JSON.stringify(await this.execute('query-migrate'))}`)
  }

  #receive(message: Message): void {
    if (message.id !== undefined) {
      const waiting = this.#pending.get(message.id)
      this.#pending.delete(message.id)
      if (message.error) waiting?.reject(new Error(message.error.desc))
      else waiting?.resolve(message.return)
      return
    }
    for (const watcher of this.#watchers) {
      if (!watcher.wants(message)) continue
      this.#watchers.delete(watcher)
      watcher.done()
    }
  }

  #fail(error: Error): void {
    this.#closed = error
    for (const { reject } of this.#pending.values()) reject(error)
    for (const { fail } of this.#watchers) fail(error)
    this.#pending.clear()
    this.#watchers.clear()
  }
}
