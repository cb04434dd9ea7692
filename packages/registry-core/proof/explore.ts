import { IntTable, larger } from './int-table.ts'
import { COST, Machine, type Step } from './machine.ts'
import { Counterexample, type Phase, type Scenario, type Seen, Violation } from './scenario.ts'

/** Errors are how programs end and calls fail, a million times: a stack each would cost more than the search. */
const withoutStacks = <T>(run: () => T): T => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return run()
  } finally {
    Error.stackTraceLimit = limit
  }
}

export interface Explored {
  /** Different states. */
  readonly states: number
  /** Steps between them. */
  readonly steps: number
  /** Different ways through them, from the first state to an end; exact up to 2^53, from there on to some 15 digits. */
  readonly schedules: number
  readonly ends: number
  /** What all those ways lead to: every process's result and the entry on disk, each combination once. */
  readonly outcomes: ReadonlySet<string>
}

export interface ExploreOptions {
  /** false: nothing is left out. Slower by far, and must lead to the same outcomes. */
  readonly reduce?: boolean
}

/**
 * Goes through every interleaving of a scenario, and checks after every step. Ways that meet in the same state go on
 * together, so each state is looked at once; the number of schedules is counted over the meeting ways, not sampled.
 */
export function explore<Ghost>(scenario: Scenario<Ghost>, { reduce = true }: ExploreOptions = {}): Explored {
  return withoutStacks(() => {
    const search = new Search(scenario, !reduce)
    const schedules = search.run()
    const { outcomes } = search
    return { states: search.states.size, steps: search.steps, schedules, ends: search.ends, outcomes }
  })
}

/** Where a schedule leads. */
export interface Replayed<Ghost> extends Seen {
  readonly ghost: Ghost
}

/** Follows one schedule by its labels: a counterexample that stays as a test. Ends where the labels end. */
export function replay<Ghost>(scenario: Scenario<Ghost>, schedule: readonly string[]): Replayed<Ghost> {
  const search = new Search(scenario, true)
  let state = search.first()
  for (const wanted of schedule) {
    const moves = search.moves(state)
    const move = moves.find(({ step }) => step.label() === wanted)
    if (move === undefined) {
      const possible = moves.map(({ step }) => `"${step.label()}"`).join(', ')
      throw new Error(`${scenario.name}: "${wanted}" is not possible here, but ${possible}`)
    }
    state = search.make(state, move)
  }
  return search.seen(state)
}

/**
 * Follows a schedule that was printed by an earlier version of the programs: the turns are what a race is made of, and a
 * call more or less does not undo it. A call that a program does not make any more is left out; one that is new is made
 * before the next one of the schedule. Ends in the state behind the last step that was possible.
 */
export function retrace<Ghost>(scenario: Scenario<Ghost>, schedule: readonly string[]): Replayed<Ghost> {
  const search = new Search(scenario, true)
  let state = search.first()
  schedule.forEach((wanted, at) => {
    const later = new Set(schedule.slice(at + 1))
    for (;;) {
      const moves = search.moves(state)
      const move = moves.find(({ step }) => step.label() === wanted)
      const own = moves.find(({ step }) => step.cost === COST.nothing && turnOf(step.label()) === turnOf(wanted))
      const next = move ?? (own !== undefined && !later.has(own.step.label()) ? own : undefined)
      if (next === undefined) return
      state = search.make(state, next)
      if (next === move) return
    }
  })
  return search.seen(state)
}

/** Whose step a label is. */
const turnOf = (label: string): string => label.slice(0, label.indexOf(':'))

interface Move {
  /** A process, or, counted on behind the processes, a sequence of happenings. */
  readonly actor: number
  readonly step: Step
}

/** A state whose moves are being made. */
interface Visit {
  readonly state: number
  readonly moves: readonly Move[]
  made: number
  schedules: number
}

// A state's columns; the points of the processes follow.
const WORLD = 0
const GHOST = 1
const USED = 2
const POINTS = 3

/** What may go wrong is counted in USED, and how far the happenings have come: FAULT and CRASH, and above them a digit each. */
const FAULT = 1
const CRASH = 8
const HAPPENED = 64
const DIGIT = 64

class Search<Ghost> {
  readonly states: IntTable
  readonly outcomes = new Set<string>()
  steps = 0
  ends = 0
  readonly #scenario: Scenario<Ghost>
  readonly #machine: Machine
  readonly #alike: readonly (number | undefined)[]
  readonly #path: Step[] = []
  readonly #ghosts: Ghost[] = []
  readonly #ghostNumbers = new Map<string, number>()
  readonly #watched: IntTable
  #ghostAfter = new Int32Array(1 << 10)
  #schedules = new Float64Array(1 << 10)
  readonly #row: number[]
  readonly #question: number[]

  constructor(scenario: Scenario<Ghost>, plain: boolean) {
    this.#scenario = scenario
    this.#machine = new Machine(scenario as unknown as Scenario<never>, plain)
    const programs = Object.values(scenario.processes)
    this.#alike = programs.map((program, i) => {
      const before = plain ? -1 : programs.lastIndexOf(program, i - 1)
      return i === 0 || before < 0 ? undefined : before
    })
    this.states = new IntTable(POINTS + programs.length)
    this.#watched = new IntTable(3 + programs.length)
    this.#row = Array.from({ length: POINTS + programs.length }, () => 0)
    this.#question = Array.from({ length: 3 + programs.length }, () => 0)
  }

  first(): number {
    const { firstWorld, firstPoints } = this.#machine
    const phases = firstPoints.map(point => this.#machine.phase(point))
    const ghost = this.#scenario.watch(undefined, {
      world: this.#machine.world(firstWorld),
      names: this.#machine.names,
      phases,
      mover: '',
    })
    return this.states.intern([firstWorld, this.#ghostNumber(ghost), 0, ...firstPoints])
  }

  /** How many ways lead on from the first state. Depth first, and not by recursion: schedules may be thousands of steps long. */
  run(): number {
    const begun: Visit[] = [this.#visit(this.first())]
    for (;;) {
      const visit = begun.at(-1) as Visit
      const move = visit.moves[visit.made++]
      if (move === undefined) {
        begun.pop()
        const before = begun.at(-1)
        const schedules = this.#finish(visit)
        if (before === undefined) return schedules
        before.schedules += schedules
        this.#path.pop()
        continue
      }
      this.steps++
      this.#path.push(move.step)
      const known = this.states.size
      const next = this.make(visit.state, move)
      if (next >= known) begun.push(this.#visit(next))
      else {
        visit.schedules += this.#schedules[next] as number
        this.#path.pop()
      }
    }
  }

  #visit(state: number): Visit {
    return { state, moves: this.moves(state), made: 0, schedules: 0 }
  }

  #finish({ state, moves, schedules }: Visit): number {
    const ways = moves.length === 0 ? 1 : schedules
    if (moves.length === 0) {
      this.ends++
      const seen = this.seen(state)
      this.#guarded(() => this.#scenario.end(seen, seen.ghost))
      this.outcomes.add(this.#outcome(state))
    }
    while (state >= this.#schedules.length) this.#schedules = larger(this.#schedules)
    this.#schedules[state] = ways
    return ways
  }

  /**
   * A call that no other process can notice is not interleaved: whoever is before one makes it first. While somebody may
   * still be killed, that holds only for calls of which a killed process leaves nothing.
   */
  moves(state: number): Move[] {
    const used = this.states.at(state, USED)
    const mayFault = (used & (CRASH - 1)) < (this.#scenario.faults ?? 0)
    const mayCrash = (used & (HAPPENED - 1)) >> 3 < (this.#scenario.crashes ?? 0)
    const world = this.states.at(state, WORLD)
    const moves: Move[] = []
    for (let actor = 0; actor < this.#machine.names.length; actor++) {
      if (!this.#mayMove(state, actor)) continue
      const { list, passing, own } = this.#machine.stepsOf(actor, world, this.states.at(state, POINTS + actor))
      const alone = mayCrash ? passing : own
      if (alone) moves.length = 0
      for (const step of list) {
        if (step.cost === COST.nothing || (step.cost === COST.fault ? mayFault : mayCrash)) moves.push({ actor, step })
      }
      if (alone) return moves
    }
    for (let i = 0; i < this.#scenario.happenings.length; i++) {
      const step = this.#machine.happening(i, Math.floor(used / (HAPPENED * DIGIT ** i)) % DIGIT, world)
      if (step !== undefined) moves.push({ actor: this.#machine.names.length + i, step })
    }
    return moves
  }

  /** Of two processes that are alike the second waits until the first has begun: the other way round is the same with names swapped. */
  #mayMove(state: number, actor: number): boolean {
    const first = this.#alike[actor]
    return first === undefined || this.#machine.phase(this.states.at(state, POINTS + first)).at !== 'start'
  }

  /** The state behind a move, checked. */
  make(state: number, { actor, step }: Move): number {
    const row = this.#row
    for (let i = 0; i < row.length; i++) row[i] = this.states.at(state, i)
    row[WORLD] = step.world
    const happening = actor - this.#machine.names.length
    if (happening < 0) {
      row[POINTS + actor] = step.point
      if (step.cost === COST.fault) row[USED] = (row[USED] as number) + FAULT
      if (step.cost === COST.crash) row[USED] = (row[USED] as number) + CRASH
    } else row[USED] = (row[USED] as number) + HAPPENED * DIGIT ** happening
    row[GHOST] = this.#watch(row, happening < 0 ? actor : -1)
    return this.states.intern(row)
  }

  seen(state: number): Replayed<Ghost> {
    const phases = this.#machine.names.map((_, i) => this.#machine.phase(this.states.at(state, POINTS + i)))
    const world = this.#machine.world(this.states.at(state, WORLD))
    return {
      world,
      names: this.#machine.names,
      phases,
      mover: '',
      ghost: this.#ghosts[this.states.at(state, GHOST)] as Ghost,
    }
  }

  /** What is remembered behind a step, asked only once for the same question. */
  #watch(row: readonly number[], mover: number): number {
    const question = this.#question
    question[0] = row[WORLD] as number
    question[1] = row[GHOST] as number
    question[2] = mover
    for (let i = POINTS; i < row.length; i++) question[i] = this.#machine.phaseNumber(row[i] as number)
    const asked = this.#watched.size
    const number = this.#watched.intern(question)
    if (number === asked) {
      while (number >= this.#ghostAfter.length) this.#ghostAfter = larger(this.#ghostAfter)
      this.#ghostAfter[number] = this.#guarded(() => this.#judge(row, mover))
    }
    return this.#ghostAfter[number] as number
  }

  #judge(row: readonly number[], mover: number): number {
    const phases = row.slice(POINTS).map(point => this.#machine.phase(point))
    noneBroke(phases)
    const world = this.#machine.world(row[WORLD] as number)
    const name = mover < 0 ? '' : (this.#machine.names[mover] as string)
    const seen: Seen = { world, names: this.#machine.names, phases, mover: name }
    return this.#ghostNumber(this.#scenario.watch(this.#ghosts[row[GHOST] as number] as Ghost, seen))
  }

  #ghostNumber(ghost: Ghost): number {
    const key = JSON.stringify(ghost)
    let number = this.#ghostNumbers.get(key)
    if (number === undefined) {
      number = this.#ghosts.push(ghost) - 1
      this.#ghostNumbers.set(key, number)
    }
    return number
  }

  #guarded<T>(check: () => T): T {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof Violation) || this.#path.length === 0) throw error
      const schedule = this.#path.map(step => step.label())
      throw new Counterexample(this.#scenario.name, error, schedule)
    }
  }

  #outcome(state: number): string {
    const { world, phases } = this.seen(state)
    const results = phases.map(phase => {
      if (phase.at === 'end') return phase.result
      return phase.at === 'killed' ? 'killed' : 'waits'
    })
    return JSON.stringify([results, world.entry()?.files ?? null, world.live() !== undefined])
  }
}

/** A program may end with a result; ending with an error that it did not make one of is a finding, whatever it is. */
function noneBroke(phases: readonly Phase[]): void {
  for (const phase of phases) {
    if (phase.at === 'error') throw new Violation(`a process ended with: ${phase.error.stack ?? phase.error.message}`)
  }
}
