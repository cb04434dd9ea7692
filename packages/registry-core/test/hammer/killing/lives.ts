import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** A worker process, from its start to its end. */
export class Life {
  readonly worker: number
  readonly role: string
  readonly inside: readonly string[]
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #victim: number | undefined
  #complaint = ''

  /** @param inside what it is run by: `unshare` and its options */
  constructor(program: string, role: string, worker: number, inside: readonly string[], args: readonly string[]) {
    this.worker = worker
    this.role = role
    this.inside = inside
    const [command = '', ...rest] = [...inside, process.execPath, program, role, String(worker), ...args]
    const { NODE_OPTIONS: _, ...env } = process.env
    this.#child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env })
    this.#child.stderr?.on('data', chunk => {
      this.#complaint += chunk
    })
    this.#ended = once(this.#child, 'close')
  }

  /** Waits until it has said that it is there. @throws if it ends before */
  async ready(): Promise<void> {
    const said = once(this.#child.stdout as NodeJS.ReadableStream, 'data')
    if ((await Promise.race([said, this.#ended.then(() => undefined)])) === undefined)
      throw new Error(`${this.inside.join(' ')}: a worker did not start: ${this.#complaint}`)
    const pid = this.#child.pid as number
    this.#victim = this.inside.includes('--fork') ? onlyChildOf(pid) : pid
  }

  /**
   * To the worker itself and not to what runs it: that one ends when the kernel has taken down all of the worker, its
   * descriptors and sockets among it.
   */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    if (this.#victim === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return
    try {
      process.kill(this.#victim, signal)
    } catch (error) {
      // It has done all that it had to.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  /** Waits for its end. @returns what was written to stderr; after a SIGKILL unshare says there that it cannot unblock that */
  async ended(): Promise<string> {
    await this.#ended
    return this.#complaint
  }

  /** The worker and what runs it, for a run that fails. */
  async abandon(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      process.kill(-(this.#child.pid as number), 'SIGKILL')
      await this.#ended
    }
  }
}

/** proc_pid_children(5). Undefined: it has ended already. */
function onlyChildOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return children === '' ? undefined : Number(children)
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
