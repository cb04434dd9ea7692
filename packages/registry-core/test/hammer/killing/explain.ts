/** What may have happened to one thing that has one state at a time, somewhere between two places of the log. */
export interface Event {
  readonly begin: number
  readonly end: number
  /** It has happened. Otherwise it may have: its process was killed, or it has failed after it had written. */
  readonly certain: boolean
  /** It changes nothing: {@link step} gives the state that it gets, or undefined. */
  readonly looks: boolean
  /** For one that a killed process had begun: when that was dead. It cannot come after a {@link settles} begun later. */
  readonly died?: number | undefined
  /** It finishes what dead processes had begun, before it changes anything itself. */
  readonly settles?: boolean
  /** The state behind it, from the one before; undefined: it cannot have happened in that one. */
  readonly step: (state: string) => string | undefined
  readonly text: string
}

export type Explained = { readonly state: string } | { readonly contradiction: string }

/** More than this is no history of a few processes. */
const MAX_STEPS = 200_000

/**
 * Is there an order of the events in which each one's step is possible, all certain ones happen, and none happens outside its
 * own time? That is linearizability (Herlihy and Wing, 1990), with events that may not have happened at all.
 *
 * @returns the state at the end; or, where there is no such order, how far the best one came
 */
export function explain(events: readonly Event[], initial: string): Explained {
  const byBegin = events.toSorted((a, b) => a.begin - b.begin)
  const search = new Search(
    byBegin.filter(({ certain }) => certain),
    byBegin.filter(({ certain }) => !certain),
  )
  return search.from(initial)
}

/** A point of the search. */
interface Point {
  readonly state: string
  /** All certain events before this one are done. */
  readonly low: number
  /** Where the latest of what is done begins: nothing that had ended before can come now. */
  readonly now: number
  /** Where the latest of what {@link Event.settles} begins. */
  readonly settled: number
  /** What led here and was done since, to be taken back. */
  readonly did: readonly Event[]
  /** What is to be tried. */
  readonly open: { readonly event: Event; readonly state: string }[]
  /** The same for two points that are the same. */
  readonly key: string
}

class Search {
  readonly #certain: readonly Event[]
  readonly #perhaps: readonly Event[]
  readonly #done = new Set<Event>()
  readonly #failed = new Set<string>()
  #best = { done: -1, text: '' }

  constructor(certain: readonly Event[], perhaps: readonly Event[]) {
    this.#certain = certain
    this.#perhaps = perhaps
  }

  /** Depth first, without recursion: a history is long. */
  from(initial: string): Explained {
    const path = [this.#point({ state: initial, low: 0, now: -1, settled: -1 }, [])]
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const point = path.at(-1)
      if (point === undefined) return { contradiction: this.#best.text }
      if (point.low === this.#certain.length) return { state: point.state }
      const chosen = point.open.shift()
      if (chosen === undefined) {
        this.#failed.add(point.key)
        this.#takeBack(point)
        path.pop()
        continue
      }
      const next = this.#point({ ...point, state: chosen.state }, [chosen.event])
      if (this.#failed.has(next.key)) this.#takeBack(next)
      else path.push(next)
    }
    return { contradiction: `no order found in ${MAX_STEPS} steps\n${this.#best.text}` }
  }

  #takeBack({ did }: Point): void {
    for (const event of did) this.#done.delete(event)
  }

  /**
   * Goes on from a state. Looks that agree with it are done at once, which takes nothing from the others - unless something
   * that may have happened could not come any more then: that look is one of the choices.
   */
  #point(from: Pick<Point, 'state' | 'low' | 'now' | 'settled'>, first: readonly Event[]): Point {
    const { state } = from
    const did: Event[] = []
    let { low, now, settled } = from
    let next = first
    for (;;) {
      for (const event of next) {
        this.#done.add(event)
        did.push(event)
        now = Math.max(now, event.begin)
        if (event.settles) settled = Math.max(settled, event.begin)
      }
      while (low < this.#certain.length && this.#done.has(this.#certain[low] as Event)) low++
      const { possible, perhaps, beyond } = this.#next(low, now, settled)
      next = possible.filter(
        ({ looks, step, begin }) => looks && step(state) !== undefined && !perhaps.some(({ end }) => end <= begin),
      )
      if (next.length > 0) continue
      this.#remember(possible, state)
      const open = possible.flatMap(event => {
        const after = event.step(state)
        return after === undefined || (after === state && !event.certain) ? [] : [{ event, state: after }]
      })
      const used = this.#perhaps.flatMap((event, i) => (this.#done.has(event) ? [i] : []))
      return { state, low, now, settled, did, open, key: `${low} ${state} ${beyond.join(',')} ${used.join(',')}` }
    }
  }

  /**
   * What is possible next, certain events first: what had begun before anything certain that is not done yet has ended.
   * `perhaps`: what may have happened, next or later. `beyond`: what is done behind the first certain one that is not.
   */
  #next(low: number, now: number, settled: number): { possible: Event[]; perhaps: Event[]; beyond: number[] } {
    let firstEnd = Number.POSITIVE_INFINITY
    const begun: Event[] = []
    const beyond: number[] = []
    for (let i = low; i < this.#certain.length; i++) {
      const event = this.#certain[i] as Event
      if (event.begin > firstEnd) break
      if (this.#done.has(event)) beyond.push(i)
      else {
        firstEnd = Math.min(firstEnd, event.end)
        begun.push(event)
      }
    }
    const perhaps = this.#perhaps.filter(
      event => !this.#done.has(event) && event.end > now && (event.died ?? settled) >= settled,
    )
    return { possible: [...begun, ...perhaps].filter(({ begin }) => begin < firstEnd), perhaps, beyond }
  }

  #remember(possible: readonly Event[], state: string): void {
    if (this.#done.size <= this.#best.done) return
    const last = [...this.#done].slice(-20).map(line)
    const text = [...last, `then it is ${state}, and none of these can be next:`, ...possible.map(line)].join('\n')
    this.#best = { done: this.#done.size, text }
  }
}

const line = ({ begin, end, certain, text }: Event): string => `  ${begin}-${end}${certain ? '' : ' (perhaps)'} ${text}`
