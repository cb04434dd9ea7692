import { isPrivate, Point, type Program, perform, type Reply, showCall } from './actor.ts'
import { faultsOf } from './faults.ts'
import { Blocked, World } from './world.ts'

/** What happens beside the processes: one step of the kernel or of a stranger, whenever it is possible. */
export interface Happening {
  readonly name: string
  possible(world: World): boolean
  happen(world: World): void
}

export interface Scenario<Ghost> {
  readonly name: string
  /** Processes by name; each runs its program once. */
  readonly processes: Readonly<Record<string, Program>>
  /** Sequences of happenings; each sequence in its own order, interleaved with everything else. */
  readonly happenings: readonly (readonly Happening[])[]
  /** Makes the world as it is before anything moves. */
  prepare?(world: World): void
  /** What is remembered beside the world; plain data. Called after every step, and throws a {@link Violation}. */
  watch(before: Ghost | undefined, state: State<Ghost>): Ghost
  /** Called where nothing can move any more. */
  end(state: State<Ghost>): void
  /** How many processes may be killed, at any point of their lives. */
  readonly crashes?: number
  /** How many system calls may fail with an errno that they can give. */
  readonly faults?: number
}

export interface State<Ghost> {
  readonly world: World
  readonly points: readonly Point[]
  /** How far each sequence of happenings has come. */
  readonly happened: readonly number[]
  /** Which processes were killed. */
  readonly dead: readonly boolean[]
  /** How many calls have failed on purpose. */
  readonly failed: number
  /** Who made the last step: a process's name, or `''` for what just happened. Not part of what is compared. */
  readonly mover: string
  readonly ghost: Ghost
}

/** Errors are how programs end and calls fail, a million times: a stack each would cost more than the search. */
export const withoutStacks = <T>(run: () => T): T => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return run()
  } finally {
    Error.stackTraceLimit = limit
  }
}

export class Violation extends Error {
  override readonly name = 'Violation'
}

/** A violation with the way to it. */
export class Counterexample extends Error {
  override readonly name = 'Counterexample'
  readonly schedule: readonly string[]
  constructor(scenario: string, cause: Error, schedule: readonly string[]) {
    super(
      `${scenario}: ${cause.message}\n${schedule.map((label, i) => `  ${String(i + 1).padStart(3)}. ${label}`).join('\n')}`,
      { cause },
    )
    this.schedule = schedule
  }
}

export interface Explored {
  /** Different states. */
  readonly states: number
  /** Different ways through them, from the first state to an end: every interleaving. */
  readonly schedules: bigint
  readonly ends: number
  /** What all those ways lead to: every process's result and the entry on disk, each combination once. */
  readonly outcomes: ReadonlySet<string>
}

export interface ExploreOptions {
  /** false: calls that nobody can notice are interleaved too. Slower by far, and must lead to the same outcomes. */
  readonly reduce?: boolean
}

interface Move<Ghost> {
  /** Made only for who asks: there are millions. */
  label(): string
  readonly next: State<Ghost>
}

/**
 * Goes through every interleaving of a scenario, and checks after every step. Ways that meet in the same state go on
 * together, so each state is looked at once; the number of schedules is counted over the meeting ways, not sampled.
 *
 * A call that no other process can notice ({@link isPrivate}) is not interleaved: whoever is before one makes it first.
 * The schedules counted are those that are left, so the true number is larger.
 */
export function explore<Ghost>(scenario: Scenario<Ghost>, { reduce = true }: ExploreOptions = {}): Explored {
  const names = Object.keys(scenario.processes)
  const schedulesFrom = new Map<string, bigint>()
  const path: (() => string)[] = []
  const outcomes = new Set<string>()
  let ends = 0

  const visit = (state: State<Ghost>): bigint => {
    const key = keyOf(state)
    const known = schedulesFrom.get(key)
    if (known !== undefined) return known
    let schedules = 0n
    for (const { label, next } of movesOf(scenario, names, state, reduce)) {
      path.push(label)
      schedules += visit(watched(next))
      path.pop()
    }
    if (schedules === 0n) {
      ends++
      schedules = 1n
      outcomes.add(outcomeOf(state))
      guarded(() => scenario.end(state))
    }
    schedulesFrom.set(key, schedules)
    return schedules
  }
  const watched = (next: State<Ghost>): State<Ghost> => {
    const ghost = guarded(() => {
      noneBroke(next.points)
      return scenario.watch(next.ghost, next)
    })
    return { ...next, ghost }
  }
  const guarded = <T>(check: () => T): T => {
    try {
      return check()
    } catch (error) {
      if (error instanceof Violation)
        throw new Counterexample(
          scenario.name,
          error,
          path.map(label => label()),
        )
      throw error
    }
  }
  const schedules = withoutStacks(() => visit(first(scenario, names)))
  return { states: schedulesFrom.size, schedules, ends, outcomes }
}

/** Follows one schedule by its labels: a counterexample that stays as a test. Ends where the labels end. */
export function replay<Ghost>(scenario: Scenario<Ghost>, schedule: readonly string[]): State<Ghost> {
  const names = Object.keys(scenario.processes)
  let state = first(scenario, names)
  for (const wanted of schedule) {
    const moves = movesOf(scenario, names, state, false)
    const move = moves.find(({ label }) => label() === wanted)
    if (move === undefined)
      throw new Error(
        `${scenario.name}: "${wanted}" is not possible here, but ${moves.map(m => `"${m.label()}"`).join(', ')}`,
      )
    noneBroke(move.next.points)
    state = { ...move.next, ghost: scenario.watch(move.next.ghost, move.next) }
  }
  return state
}

/** A program may end with a result; ending with an error that it did not make one of is a finding, whatever it is. */
function noneBroke(points: readonly Point[]): void {
  for (const { standing } of points) {
    if ('error' in standing)
      throw new Violation(`a process ended with: ${standing.error.stack ?? standing.error.message}`)
  }
}

function first<Ghost>(scenario: Scenario<Ghost>, names: readonly string[]): State<Ghost> {
  const world = World.boot(names)
  scenario.prepare?.(world)
  const state = {
    world,
    points: Object.values(scenario.processes).map(program => new Point(program)),
    happened: scenario.happenings.map(() => 0),
    dead: names.map(() => false),
    failed: 0,
    mover: '',
  }
  return { ...state, ghost: scenario.watch(undefined, state as unknown as State<Ghost>) }
}

function movesOf<Ghost>(
  scenario: Scenario<Ghost>,
  names: readonly string[],
  state: State<Ghost>,
  reduce: boolean,
): Move<Ghost>[] {
  const alone = reduce ? names.findIndex((name, i) => hasPrivateCall(state, name, i)) : -1
  const moves = names.flatMap((name, i) => (alone >= 0 && i !== alone ? [] : movesOfProcess(scenario, state, name, i)))
  if (alone >= 0) return moves
  scenario.happenings.forEach((sequence, i) => {
    const done = state.happened[i] as number
    const happening = sequence[done]
    if (happening === undefined || !happening.possible(state.world)) return
    const world = state.world.clone()
    happening.happen(world)
    moves.push({
      label: () => happening.name,
      next: { ...state, world, happened: replaced(state.happened, i, done + 1), mover: '' },
    })
  })
  return moves
}

function hasPrivateCall<Ghost>(state: State<Ghost>, name: string, i: number): boolean {
  const { standing } = state.points[i] as Point
  return state.dead[i] !== true && 'call' in standing && isPrivate(standing.call, fd => state.world.fs.behind(name, fd))
}

function movesOfProcess<Ghost>(scenario: Scenario<Ghost>, state: State<Ghost>, name: string, i: number): Move<Ghost>[] {
  const point = state.points[i] as Point
  if (state.dead[i] === true || !('call' in point.standing)) return []
  const { call } = point.standing
  const moves: Move<Ghost>[] = []
  const step = (label: () => string, make: (world: World) => Reply, failed: number): void => {
    const world = state.world.clone()
    const next = point.after(make(world))
    // What a process still has open when it ends is closed by the kernel; its pid goes too.
    if (!('call' in next.standing)) world.end(name, i + 1)
    moves.push({ label, next: { ...state, world, points: replaced(state.points, i, next), failed, mover: name } })
  }
  try {
    step(
      () => `${name}: ${showCall(call)}`,
      world => perform(world.sysFor(name, i + 1), call),
      state.failed,
    )
  } catch (error) {
    if (!(error instanceof Blocked)) throw error
  }
  if (state.failed < (scenario.faults ?? 0)) {
    for (const { errno, partly } of faultsOf(call)) {
      const label = (): string =>
        `${name}: ${showCall(call)} fails with ${errno}${partly === undefined ? '' : ' halfway'}`
      step(label, world => (partly?.(world.sysFor(name, i + 1)), { errno }), state.failed + 1)
    }
  }
  if (state.dead.filter(Boolean).length < (scenario.crashes ?? 0)) moves.push(kill(state, name, i))
  return moves
}

function kill<Ghost>(state: State<Ghost>, name: string, i: number): Move<Ghost> {
  const world = state.world.clone()
  world.end(name, i + 1)
  return { label: () => `${name}: killed`, next: { ...state, world, dead: replaced(state.dead, i, true), mover: name } }
}

function outcomeOf<Ghost>({ points, dead, world }: State<Ghost>): string {
  const results = points.map(({ standing }, i) => {
    if (dead[i] === true) return 'killed'
    if ('result' in standing) return standing.result
    return 'error' in standing ? standing.error.message : 'waits'
  })
  return JSON.stringify([results, world.entry()?.files ?? null, world.live() !== undefined])
}

function replaced<T>(list: readonly T[], at: number, value: T): T[] {
  const copy = [...list]
  copy[at] = value
  return copy
}

function keyOf<Ghost>(state: State<Ghost>): string {
  return `${state.world.key()}&${state.points.map(point => point.id).join()}&${state.happened.join()}&${state.dead.join()}&${state.failed}&${JSON.stringify(state.ghost)}`
}
