import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FakeHost } from '../../host.ts'
import { isHolding } from './deeds.ts'
import { COMING_AND_GOING, DEVICES } from './devices.ts'
import type { LogFiles } from './log-files.ts'
import type { LogRecord } from './records.ts'

/** The worker number of what the kernel does, in the log. */
const KERNEL = 0

/**
 * The kernel of the run: some controllers stay, the others come and go. It gives a number again as soon as no process holds it.
 * Who may hold it is in the log: what had been begun for the controller before its node went, and has not ended. What is begun
 * later finds no node to open.
 */
export class Controllers {
  readonly #host: FakeHost
  /** The deeds that may hold the number of a controller that is gone. */
  readonly #held = new Map<string, Set<string>>()
  readonly live = new Set<string>()
  readonly #logs: LogFiles
  #read = 0
  readonly #open = new Map<string, { worker: number; device: string }>()
  #deeds = 0

  constructor(host: FakeHost, logs: LogFiles) {
    this.#host = host
    this.#logs = logs
    mkdirSync(join(host.root, 'removed'))
    for (const device of DEVICES) this.#connect(device)
  }

  /** With a new log, and no process left that has begun anything. */
  begin(): void {
    this.#read = 0
    this.#open.clear()
    this.#held.clear()
  }

  /** One of those that come and go goes, or comes back; half of the time it does both. */
  change(): void {
    const device = COMING_AND_GOING[Math.floor(Math.random() * COMING_AND_GOING.length)] as string
    if (this.live.has(device)) {
      this.#remove(device)
      if (Math.random() < 0.5) return
    }
    if (!this.#isHeld(device)) this.#connect(device)
  }

  removeAll(): void {
    for (const device of this.live) this.#remove(device)
  }

  #connect(device: string): void {
    this.#recorded('connected', device, () => this.#host.connect(device))
    this.live.add(device)
  }

  #remove(device: string): void {
    this.live.delete(device)
    const seqnum = this.#recorded('removed', device, () => this.#host.remove(device))
    writeFileSync(join(this.#host.root, 'removed', device), seqnum)
    this.#catchUp()
    const held = [...this.#open].filter(([, open]) => open.device === device).map(([key]) => key)
    this.#held.set(device, new Set(held))
  }

  #isHeld(device: string): boolean {
    this.#catchUp()
    return [...(this.#held.get(device) ?? [])].some(key => this.#open.has(key))
  }

  #catchUp(): void {
    const records = this.#logs.records()
    for (; this.#read < records.length; this.#read++) this.#note(records[this.#read] as LogRecord)
  }

  #note(record: LogRecord): void {
    const [what, worker] = record
    if (what === 'begin' && isHolding(record[3].act))
      this.#open.set(`${worker}.${record[2]}`, { worker, device: record[3].device })
    if (what === 'end') this.#open.delete(`${worker}.${record[2]}`)
    if (what === 'dead') for (const [key, open] of this.#open) if (open.worker === worker) this.#open.delete(key)
  }

  #recorded<T>(act: string, device: string, happen: () => T): T {
    const n = ++this.#deeds
    this.#logs.add(['begin', KERNEL, n, { act, device }])
    const value = happen()
    this.#logs.add(['end', KERNEL, n, { value: null }])
    return value
  }
}
