import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FakeHost, fakeHost } from '../host.ts'
import { type Answer, DEVICES, type Question } from './messages.ts'

/** One incarnation. Its number is free for the next one when it is dead and nobody holds it. */
interface Life {
  readonly device: string
  readonly incarnation: string
  pins: number
  dead: boolean
  handled: boolean
}

interface Pin {
  readonly life: Life
  /** How often the device had been disowned when it was pinned; NaN: somebody was at it. */
  readonly disowned: number
}

type Reply = (answer: Answer) => void

interface Waiting {
  readonly who: number
  readonly reply: Reply
}

interface RemoveEvent {
  readonly life: Life
  readonly seqnum: string
}

/** The kernel and udevd of the hammered host: makes controllers, kills them, hands their numbers on, tells of removals. */
export class HammerKernel {
  readonly host: FakeHost = fakeHost({ keep: true })
  readonly #fail: (violation: string) => void
  readonly #random: () => number
  readonly #lives = new Map<string, Life>()
  readonly #pins = new Map<number, Pin>()
  readonly #disowned = new Map<string, { times: number; now: number }>()
  readonly #events: RemoveEvent[] = []
  readonly #handling = new Map<number, Life>()
  #waitingForNumber: Waiting[] = []
  readonly #waitingForEvent: Waiting[] = []
  #truths = 0
  #ended = false
  #over = false
  #givenUp = false
  /** Resolves when every controller is dead, its number let go, and its removal handled. */
  #quiet: () => void = () => {}
  connected = 0

  constructor(fail: (violation: string) => void, random: () => number) {
    this.#fail = fail
    this.#random = random
    mkdirSync(join(this.host.root, 'truth'))
  }

  answer(who: number, question: Question, reply: Reply): void {
    switch (question.ask) {
      case 'connect':
        if (this.#ended) return reply(null)
        this.#waitingForNumber.push({ who, reply })
        return this.#handOut()
      case 'pin':
        return reply(this.#pin(who, question.device))
      case 'unpin':
        this.#unpin(who, question.owned)
        return reply(null)
      case 'disowning':
      case 'disowned':
        this.#disowning(question.device, question.ask === 'disowning' ? 1 : -1)
        return reply(null)
      case 'event':
        if (this.#over) return reply(null)
        this.#waitingForEvent.push({ who, reply })
        return this.#deliver()
      case 'handled':
        this.#handled(who)
        return reply(null)
    }
  }

  /** No more connects; every controller dies. Resolves when all of it is handled. */
  async end(): Promise<void> {
    this.#ended = true
    for (const { reply } of this.#waitingForNumber) reply(null)
    this.#waitingForNumber = []
    const quiet = new Promise<void>(resolve => {
      this.#quiet = resolve
    })
    for (const life of this.#lives.values()) if (!life.dead) this.#kill(life)
    this.#checkQuiet()
    if (!this.#givenUp) await quiet
    this.#over = true
    for (const { reply } of this.#waitingForEvent) reply(null)
  }

  /** A process has broken, so what it was to do is never done. */
  giveUp(): void {
    this.#givenUp = true
    this.#quiet()
  }

  #handOut(): void {
    while (this.#waitingForNumber.length > 0) {
      const device = DEVICES.find(name => this.#isFree(name))
      if (device === undefined) return this.#killOne()
      const life: Life = { device, incarnation: this.host.connect(device), pins: 0, dead: false, handled: false }
      this.#lives.set(device, life)
      this.connected++
      const { who, reply } = this.#waitingForNumber.shift() as Waiting
      reply(this.#pin(who, device))
    }
  }

  #isFree(device: string): boolean {
    const life = this.#lives.get(device)
    return life === undefined || (life.dead && life.pins === 0)
  }

  /** Also one that is being published: that is the point. */
  #killOne(): void {
    const live = [...this.#lives.values()].filter(({ dead }) => !dead)
    const chosen = live[Math.floor(this.#random() * live.length)]
    if (chosen !== undefined) this.#kill(chosen)
  }

  #kill(life: Life): void {
    this.#withdraw(life.device)
    this.#events.push({ life, seqnum: this.host.remove(life.device) })
    life.dead = true
    this.#deliver()
    this.#handOut()
  }

  #deliver(): void {
    while (this.#events.length > 0 && this.#waitingForEvent.length > 0) {
      const { life, seqnum } = this.#events.shift() as RemoveEvent
      const { who, reply } = this.#waitingForEvent.shift() as Waiting
      this.#handling.set(who, life)
      reply({ device: life.device, seqnum })
    }
  }

  #handled(who: number): void {
    const life = this.#handling.get(who) as Life
    this.#handling.delete(who)
    this.#settle(life, () => {
      life.handled = true
    })
  }

  #pin(who: number, device: string): Answer {
    const life = this.#lives.get(device)
    if (life === undefined || life.dead || this.#ended) return null
    life.pins++
    const { times, now } = this.#disowned.get(device) ?? { times: 0, now: 0 }
    this.#pins.set(who, { life, disowned: now > 0 ? Number.NaN : times })
    return { device }
  }

  #unpin(who: number, owned: boolean): void {
    const { life, disowned } = this.#pins.get(who) as Pin
    this.#pins.delete(who)
    const times = this.#disowned.get(life.device)?.times ?? 0
    if (owned && !life.dead && disowned === times) this.#state(life)
    this.#settle(life, () => life.pins--)
    this.#handOut()
  }

  /** The truth, for readers to compare with: this controller lives and is owned. A new one each time, to tell them apart. */
  #state(life: Life): void {
    const path = join(this.host.root, 'truth', life.device)
    writeFileSync(`${path}.new`, `${life.incarnation}.${++this.#truths}`)
    renameSync(`${path}.new`, path)
  }

  #withdraw(device: string): void {
    rmSync(join(this.host.root, 'truth', device), { force: true })
  }

  #disowning(device: string, by: 1 | -1): void {
    const { times, now } = this.#disowned.get(device) ?? { times: 0, now: 0 }
    this.#disowned.set(device, { times: times + 1, now: now + by })
    this.#withdraw(device)
  }

  /** I3: a removal is handled and nobody writes for that controller any more, so nothing of it may be left. */
  #settle(life: Life, change: () => void): void {
    change()
    if (!life.dead || !life.handled || life.pins > 0) return
    if (this.#registered(life.device) === life.incarnation)
      this.#fail(`${life.device}: its removal is handled, nobody writes for it, and its entry is there`)
    this.#checkQuiet()
  }

  #registered(device: string): string | undefined {
    try {
      return readFileSync(this.host.path(device, 'incarnation'), 'utf8').trim()
    } catch {
      // Gone, or never there: that is what is asked.
      return undefined
    }
  }

  #checkQuiet(): void {
    if (this.#ended && this.#pins.size + this.#events.length + this.#handling.size === 0) this.#quiet()
  }
}
