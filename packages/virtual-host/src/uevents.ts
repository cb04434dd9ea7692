import { join } from 'node:path'
import type { Uevent, UeventDraft } from './kernel/uevent.ts'
import type { Stage } from './tree/stage.ts'

/** Numbers and sends uevents: /sys/kernel/uevent_seqnum is one counter for the whole host and only grows. */
export class Uevents {
  readonly history: Uevent[] = []
  readonly #file: string
  readonly #stage: Stage
  readonly #listener: (event: Uevent) => void
  #seqnum: number

  /** @param first what the counter says before the first event; real hosts have thousands behind them after boot */
  constructor(root: string, stage: Stage, first: number, listener: (event: Uevent) => void) {
    this.#file = join(root, 'sys/kernel/uevent_seqnum')
    this.#stage = stage
    this.#seqnum = first
    this.#listener = listener
    this.#publish()
  }

  /** The number of the last event. */
  get seqnum(): number {
    return this.#seqnum
  }

  send(draft: UeventDraft): void {
    const seqnum = ++this.#seqnum
    this.#publish()
    const event = { ...draft, seqnum, properties: { ...draft.properties, SEQNUM: String(seqnum) } }
    this.history.push(event)
    this.#listener(event)
  }

  #publish(): void {
    this.#stage.file(this.#file, `${this.#seqnum}\n`)
  }
}
