import type { Socket } from 'node:net'

/** What the agent answered: raw outputs, and an exit code unless the time was up. */
export interface Reply {
  status: number | 'timeout'
  stdout: Buffer
  stderr: Buffer
}

interface Waiting {
  resolve: (reply: Reply) => void
  reject: (error: Error) => void
}

/** The host's end of the command channel; guest/agent.pl describes what is sent. */
export class Channel {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #received: Buffer[] = []
  #missing = 0
  #lastId = 0
  #closed: Error | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => this.#receive(data))
    socket.on('error', () => {})
    socket.on('close', () => this.#fail(new Error('the guest has stopped')))
  }

  /** Runs a script with sh; the guest kills its process group after `seconds`. */
  run(script: string, seconds: number): Promise<Reply> {
    return this.#request((id, length) => `RUN ${id} ${seconds} ${length}`, Buffer.from(script))
  }

  /** Writes a file. */
  put(guestPath: string, mode: number, data: Buffer): Promise<Reply> {
    return this.#request((id, length) => `PUT ${id} ${mode.toString(8)} ${length} ${guestPath}`, data)
  }

  #request(header: (id: number, length: number) => string, body: Buffer): Promise<Reply> {
    if (this.#closed) return Promise.reject(this.#closed)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(`${header(id, body.length)}\n`)
      this.#socket.write(body)
    })
  }

  #receive(data: Buffer): void {
    this.#received.push(data)
    this.#missing -= data.length
    // Large outputs arrive in thousands of pieces: join them only when a whole reply can be there.
    if (this.#missing > 0) return
    let all = Buffer.concat(this.#received)
    for (;;) {
      const end = all.indexOf('\n')
      if (end < 0) break
      const header = /^RES (\d+) (\d+|timeout) (\d+) (\d+)$/.exec(all.toString('latin1', 0, end))
      if (header === null) {
        this.#fail(new Error(`not a reply of the agent: ${all.toString('latin1', 0, end)}`))
        return
      }
      const [id, status, outLength, errLength] = header.slice(1)
      const outEnd = end + 1 + Number(outLength)
      const errEnd = outEnd + Number(errLength)
      this.#missing = errEnd - all.length
      if (this.#missing > 0) break
      this.#waiting.get(Number(id))?.resolve({
        status: status === 'timeout' ? status : Number(status),
        stdout: all.subarray(end + 1, outEnd),
        stderr: all.subarray(outEnd, errEnd),
      })
      this.#waiting.delete(Number(id))
      all = all.subarray(errEnd)
    }
    this.#received = [all]
  }

  #fail(error: Error): void {
    this.#closed = error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
