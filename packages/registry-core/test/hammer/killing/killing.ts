import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type FakeHost, fakeHost } from '../../host.ts'
import { Controllers } from './controllers.ts'
import { Crew } from './crew.ts'
import { Judge } from './judge.ts'
import { leftOver } from './left-over.ts'
import { LogFiles } from './log-files.ts'
import { buildWorker } from './program.ts'
import { historyOf } from './records.ts'

export interface Killed {
  /** What must never happen and did, with what led to it. */
  readonly violations: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/** What a worker is started by: `unshare` and its options; nothing for this process's own namespaces. */
export type Inside = readonly string[]

/** How many of each are there at any time. */
const CREW = ['holder', 'holder', 'holder', 'holder', 'holder', 'cleaner', 'cleaner', 'announcer', 'announcer']
/** From one moment at which no worker is left to the next. */
const ROUNDS = 30
/** The longest time in ms for which a worker does its deeds, and for which it is stopped. */
const LONGEST = 40
/** How long a controller stays as it is, in ms, on average. */
const CHANGE = 5

/**
 * Real processes on one fake host in a tmpfs, each killed at a random moment and replaced: so many rounds. Some are stopped for
 * a while before, in the middle of what they do. Ends at the first violation.
 */
export async function killing(rounds: number, namespaces: readonly Inside[]): Promise<Killed> {
  const logs = new LogFiles()
  const host = fakeHost({ keep: true })
  const crew = new Crew(await buildWorker(logs.dir), host.root, logs)
  const run = new Run(namespaces, host, logs, crew)
  try {
    while (run.killed < rounds && run.violations.length === 0) await run.epoch(Math.min(ROUNDS, rounds - run.killed))
    if (run.violations.length === 0) await run.end()
    const counts = Object.fromEntries(Object.entries(run.counts).toSorted())
    return { violations: run.violations, counts: { rounds: run.killed, ...counts } }
  } finally {
    await crew.abandon()
    logs.remove()
    rmSync(host.root, { recursive: true, force: true })
  }
}

class Run {
  readonly #namespaces: readonly Inside[]
  readonly #host: FakeHost
  readonly #logs: LogFiles
  readonly #crew: Crew
  readonly #controllers: Controllers
  readonly violations: string[] = []
  readonly counts: Record<string, number> = {}
  readonly #judge = new Judge(this.violations, what => this.#count(what))
  killed = 0
  /** At this number of killed ones everything is stopped. */
  #half = 0
  #freezing: Promise<void> | undefined

  constructor(namespaces: readonly Inside[], host: FakeHost, logs: LogFiles, crew: Crew) {
    this.#namespaces = namespaces
    this.#host = host
    this.#logs = logs
    this.#crew = crew
    this.#controllers = new Controllers(host, logs)
  }

  /** So many are killed; in the middle all others are stopped for a moment. Then none is left, and all is looked at. */
  async epoch(rounds: number): Promise<void> {
    const until = this.killed + rounds
    this.#half = this.killed + Math.ceil(rounds / 2)
    await Promise.all([...CREW.map(role => this.#replace(role, until)), this.#change(until)])
    await this.#quiet()
  }

  /** Everything goes; then nothing may be left. */
  async end(): Promise<void> {
    this.#controllers.removeAll()
    await this.#quiet()
  }

  async #replace(role: string, until: number): Promise<void> {
    while (this.killed < until) {
      const life = await this.#crew.start(role, pick(this.#namespaces))
      await delay(Math.random() * LONGEST)
      await this.#thawed()
      if (Math.random() < 0.2) {
        life.signal('SIGSTOP')
        await delay(Math.random() * LONGEST)
        await this.#thawed()
        if (Math.random() < 0.5) life.signal('SIGCONT')
      }
      await this.#crew.kill(life)
      if (++this.killed === this.#half) this.#freezing = this.#freeze()
      this.#count(`killed in: ${life.inside.slice(1).join(' ') || 'none'}`)
    }
  }

  /** Controllers come and go all the while. */
  async #change(until: number): Promise<void> {
    while (this.killed < until) {
      await delay(Math.random() * 2 * CHANGE)
      await this.#thawed()
      this.#controllers.change()
    }
  }

  /** A process that stands still in the middle of anything is in no other's way. Half of them go on afterwards. */
  async #freeze(): Promise<void> {
    const stopped = this.#crew.stop()
    await this.#let('checker', pick(this.#namespaces))
    this.#count('all others stood still')
    for (const life of stopped) if (Math.random() < 0.5) life.signal('SIGCONT')
    this.#freezing = undefined
  }

  async #thawed(): Promise<void> {
    while (this.#freezing !== undefined) await this.#freezing
  }

  async #quiet(): Promise<void> {
    await this.#let('checker', pick(this.#namespaces))
    await this.#let('last', [])
    for (const name of leftOver(this.#host, this.#controllers.live)) this.violations.push(`left over: ${name}`)
    this.#judge.judge(historyOf(this.#logs.records()))
    this.#count('all others had ended')
    this.#logs.next()
    this.#controllers.begin()
  }

  /** One process that is not killed, and must not be refused anything. */
  async #let(role: 'checker' | 'last', inside: Inside): Promise<void> {
    const life = await this.#crew.start(role, inside, this.#controllers.live)
    this.#judge.mustSucceed(life.worker)
    const complaint = await this.#crew.over(life)
    if (complaint !== '') this.violations.push(`${role}: ${complaint}`)
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}

const pick = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T
