import { wronglyAnnounced } from './announced-events.ts'
import { DEVICES } from './devices.ts'
import { type Event, explain } from './explain.ts'
import { noteEvents } from './note-events.ts'
import { ownerEvents } from './owner-events.ts'
import type { Done, History } from './records.ts'

/** Compares what processes have said with what can have been, from one moment at which none is left to the next. */
export class Judge {
  readonly #violations: string[]
  readonly #count: (what: string) => void
  /** By device, at the beginning of the next history. */
  readonly #owners = new Map<string, string>()
  readonly #notes = new Map<string, string>()
  readonly #checkers = new Set<number>()

  constructor(violations: string[], count: (what: string) => void) {
    this.#violations = violations
    this.#count = count
  }

  /** Of this worker no refusal is accepted: what it does is possible at any time. */
  mustSucceed(worker: number): void {
    this.#checkers.add(worker)
  }

  judge(history: History): void {
    for (const one of history.done) this.#one(one)
    for (const device of DEVICES) {
      this.#follow(`the owner of ${device}`, ownerEvents(history, device), this.#owners, device)
      this.#follow(`the note of ${device}`, noteEvents(history, device), this.#notes, device)
    }
    this.#violations.push(...wronglyAnnounced(history))
  }

  #follow(what: string, events: readonly Event[], states: Map<string, string>, device: string): void {
    const explained = explain(events, states.get(device) ?? 'none')
    if ('contradiction' in explained) this.#violations.push(`${what} cannot have been so:\n${explained.contradiction}`)
    else states.set(device, explained.state)
  }

  /** What no history may have in it, and what there is to count. */
  #one({ worker, deed, result }: Done): void {
    const told = `${worker}: ${JSON.stringify(deed)} ${JSON.stringify(result)}`
    if (result === undefined) return this.#count(`killed in the middle of: ${deed.act}`)
    if ('broken' in result) this.#violations.push(told)
    else if ('code' in result) {
      this.#count(`${deed.act}: ${result.code}`)
      const expected = WRITES.includes(deed.act) && REFUSALS.includes(result.code) && !this.#checkers.has(worker)
      if (!expected) this.#violations.push(told)
    } else {
      this.#count(deed.act)
      if (typeof result.value === 'object' && result.value !== null && 'unknown' in result.value)
        this.#violations.push(told)
    }
  }
}

/** What these may be answered in a race. Not `busy`: each time that one begins again, another has succeeded, and few are there. */
const WRITES = ['claim', 'publish', 'release', 'update', 'remove', 'delete']
const REFUSALS = ['owned', 'changed', 'no-controller']
