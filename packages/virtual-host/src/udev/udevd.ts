import type { ChildProcess } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Uevent } from '../kernel/uevent.ts'
import { invocationsFor } from './match.ts'
import type { Rule } from './rules.ts'
import { type ProgramResult, runProgram } from './run-program.ts'

/** How many events are worked on at the same time; systemd-udevd's own default grows with the machine. */
const DEFAULT_CHILDREN = 16

/**
 * An event queue like systemd-udevd's: events of one device, or of a device and its parent, one after the other in
 * their order; others in parallel. Rules are evaluated when an event's turn comes.
 */
export class Udevd {
  /** Programs started since boot. */
  started = 0
  readonly results: ProgramResult[] = []
  readonly #root: string
  readonly #rules: readonly Rule[]
  readonly #log: string
  readonly #children: number
  readonly #running = new Set<Uevent>()
  readonly #processes = new Set<ChildProcess>()
  #queue: Uevent[] = []
  #stopped = false
  #settling: Array<() => void> = []

  constructor(root: string, rules: readonly Rule[], children = DEFAULT_CHILDREN) {
    this.#root = root
    this.#rules = rules
    this.#children = children
    this.#log = join(root, 'run/udevd.log')
    writeFileSync(this.#log, '')
  }

  enqueue(event: Uevent): void {
    this.#queue.push(event)
    this.#pump()
  }

  /** `udevadm control --stop-exec-queue`: events are queued, none is worked on. */
  stopQueue(): void {
    this.#stopped = true
  }

  startQueue(): void {
    this.#stopped = false
    this.#pump()
  }

  /** Resolves when no event is queued and no program runs. */
  settle(): Promise<void> {
    return this.#idle ? Promise.resolve() : new Promise(resolve => this.#settling.push(resolve))
  }

  /** Turns the waiting queue round: the last device first, each device's own events still in order. */
  reverse(): void {
    const devices = new Map<string, Uevent[]>()
    for (const event of this.#queue) devices.set(event.devpath, [...(devices.get(event.devpath) ?? []), event])
    this.#queue = [...devices.values()].reduceRight<Uevent[]>((turned, events) => [...turned, ...events], [])
  }

  status(): { stopped: boolean; queued: number; running: number; started: number } {
    return { stopped: this.#stopped, queued: this.#queue.length, running: this.#running.size, started: this.started }
  }

  /** Ends with the host: what waits is dropped, the programs that it started are killed. */
  async shutdown(): Promise<void> {
    this.#queue = []
    for (const child of this.#processes) child.kill('SIGKILL')
    await this.settle()
  }

  get #idle(): boolean {
    return this.#queue.length === 0 && this.#running.size === 0
  }

  #pump(): void {
    while (!this.#stopped && this.#running.size < this.#children) {
      const next = this.#queue.findIndex((event, at) => !this.#isBlocked(event, at))
      if (next < 0) break
      const [event] = this.#queue.splice(next, 1)
      if (event !== undefined) this.#work(event)
    }
    if (this.#idle) for (const done of this.#settling.splice(0)) done()
  }

  #isBlocked(event: Uevent, at: number): boolean {
    const before = [...this.#running, ...this.#queue.slice(0, at)]
    return before.some(other => related(event.devpath, other.devpath))
  }

  #work(event: Uevent): void {
    const invocations = invocationsFor(event, this.#rules, this.#root)
    if (invocations.length === 0) return
    this.#running.add(event)
    const work = async () => {
      for (const invocation of invocations) {
        this.started++
        this.#record(await runProgram(invocation, event, this.#root, this.#processes))
      }
      this.#running.delete(event)
      this.#pump()
    }
    void work()
  }

  #record(result: ProgramResult): void {
    this.results.push(result)
    const { seqnum, action, device, program, status, failure, output } = result
    const outcome = failure ?? `exit ${status}`
    const body = output === '' || output.endsWith('\n') ? output : `${output}\n`
    appendFileSync(this.#log, `${seqnum} ${action} ${device}: ${program}: ${outcome}\n${body}`)
  }
}

const related = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
