import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'tsup'
import { type FakeHost, fakeHost, SCRATCH } from '../../host.ts'
import { Controllers } from './controllers.ts'
import { Judge } from './judge.ts'
import { leftOver } from './left-over.ts'
import { Life } from './lives.ts'
import { historyOf, Log, LogReader } from './records.ts'

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
  const run = new Run(namespaces)
  try {
    await run.prepare()
    while (run.killed < rounds && run.violations.length === 0) await run.epoch(Math.min(ROUNDS, rounds - run.killed))
    if (run.violations.length === 0) await run.end()
    return {
      violations: run.violations,
      counts: { rounds: run.killed, ...Object.fromEntries(Object.entries(run.counts).toSorted()) },
    }
  } finally {
    await run.abandon()
  }
}

class Run {
  readonly #namespaces: readonly Inside[]
  readonly #host: FakeHost = fakeHost({ keep: true })
  readonly #dir = mkdtempSync(join(SCRATCH, 'killing-'))
  readonly #controllers: Controllers
  readonly #lives = new Set<Life>()
  readonly violations: string[] = []
  readonly counts: Record<string, number> = {}
  readonly #judge = new Judge(this.violations, what => this.#count(what))
  #log: Log
  #reader: LogReader
  #logPath: string
  #epochs = 0
  #workers = 0
  #program = ''
  killed = 0
  #freezing: Promise<void> | undefined

  constructor(namespaces: readonly Inside[]) {
    this.#namespaces = namespaces
    this.#logPath = join(this.#dir, '0')
    this.#log = new Log(this.#logPath)
    this.#reader = new LogReader(this.#logPath)
    this.#controllers = new Controllers(this.#host, this.#log, this.#reader)
  }

  async prepare(): Promise<void> {
    // In one file without types: a process starts in a third of the time.
    await build({
      entry: [join(import.meta.dirname, 'worker.ts')],
      outDir: this.#dir,
      config: false,
      silent: true,
      format: 'esm',
      target: 'node20',
      outExtension: () => ({ js: '.mjs' }),
    })
    this.#program = join(this.#dir, 'worker.mjs')
  }

  /** So many are killed; in the middle all others are stopped for a moment. Then none is left, and all is looked at. */
  async epoch(rounds: number): Promise<void> {
    const until = this.killed + rounds
    const half = this.killed + Math.floor(rounds / 2)
    await Promise.all([...CREW.map(role => this.#replace(role, half, until)), this.#change(until)])
    await this.#quiet()
  }

  /** Everything goes; then nothing may be left. */
  async end(): Promise<void> {
    this.#controllers.removeAll()
    await this.#quiet()
  }

  async abandon(): Promise<void> {
    await Promise.all([...this.#lives].map(life => life.abandon()))
    this.#closeLog()
    for (const dir of [this.#dir, this.#host.root]) rmSync(dir, { recursive: true, force: true })
  }

  async #replace(role: string, half: number, until: number): Promise<void> {
    while (this.killed < until) {
      const life = await this.#start(role, pick(this.#namespaces))
      await delay(Math.random() * LONGEST)
      await this.#thawed()
      if (Math.random() < 0.2) {
        life.signal('SIGSTOP')
        await delay(Math.random() * LONGEST)
        await this.#thawed()
        if (Math.random() < 0.5) life.signal('SIGCONT')
      }
      await this.#kill(life)
      if (this.killed === half) this.#freezing = this.#freeze()
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

  async #thawed(): Promise<void> {
    while (this.#freezing !== undefined) await this.#freezing
  }

  async #start(role: string, inside: Inside, devices: readonly string[] = []): Promise<Life> {
    const args = [this.#host.root, this.#logPath, ...devices]
    const life = new Life(this.#program, role, ++this.#workers, inside, args)
    // Before it is ready: it may hold a number as soon as it says so.
    this.#lives.add(life)
    await life.ready()
    return life
  }

  async #kill(life: Life): Promise<void> {
    this.#log.add(['kill', life.worker])
    life.signal('SIGKILL')
    await life.ended()
    this.#over(life)
    this.killed++
    this.#count(`killed in: ${life.inside.slice(1).join(' ') || 'the namespaces of the host'}`)
  }

  #over(life: Life): void {
    this.#log.add(['dead', life.worker])
    this.#lives.delete(life)
  }

  /** A process that stands still in the middle of anything is in nobody's way. Half of them go on afterwards. */
  async #freeze(): Promise<void> {
    const stopped = [...this.#lives]
    for (const life of stopped) life.signal('SIGSTOP')
    await this.#let('checker', pick(this.#namespaces))
    this.#count('looked at while all others stood still')
    for (const life of stopped) if (Math.random() < 0.5) life.signal('SIGCONT')
    this.#freezing = undefined
  }

  async #quiet(): Promise<void> {
    await this.#let('checker', pick(this.#namespaces))
    await this.#let('last', [])
    const violations = leftOver(this.#host, this.#controllers.live)
    for (const name of violations) this.violations.push(`left over: ${name}`)
    this.#judge.judge(historyOf(this.#reader.records()))
    this.#count('looked at when all others had ended')
    this.#closeLog()
    this.#logPath = join(this.#dir, String(++this.#epochs))
    this.#log = new Log(this.#logPath)
    this.#reader = new LogReader(this.#logPath)
    this.#controllers.use(this.#log, this.#reader)
  }

  /** One process that is not killed. */
  async #let(role: 'checker' | 'last', inside: Inside): Promise<void> {
    const life = await this.#start(role, inside, [...this.#controllers.live])
    this.#judge.mustSucceed(life.worker)
    const complaint = await life.ended()
    if (complaint !== '') this.violations.push(`${role}: ${complaint}`)
    this.#over(life)
  }

  #closeLog(): void {
    this.#log.close()
    this.#reader.close()
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }
}

const pick = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T
