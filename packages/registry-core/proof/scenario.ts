import type { Program } from './actor.ts'
import type { World } from './world.ts'

/** What happens beside the processes: one step of the kernel or of a stranger, whenever it is possible. */
export interface Happening {
  readonly name: string
  possible(world: World): boolean
  happen(world: World): void
}

export interface Scenario<Ghost> {
  readonly name: string
  /**
   * Processes by name; each runs its program once. Two with the very same program are taken for interchangeable: the later
   * one moves only when the earlier one has.
   */
  readonly processes: Readonly<Record<string, Program>>
  /** Sequences of happenings; each sequence in its own order, interleaved with everything else. */
  readonly happenings: readonly (readonly Happening[])[]
  /** Makes the world as it is before anything moves. */
  prepare?(world: World): void
  /**
   * What is remembered beside the world; plain data. Called after every step, and throws a {@link Violation}. It depends on
   * its arguments alone, because it is asked only once for the same ones.
   */
  watch(before: Ghost | undefined, seen: Seen): Ghost
  /** Called where nothing can move any more. */
  end(seen: Seen, ghost: Ghost): void
  /** The same where a process may have been killed or a call have failed: what is left may wait for a sweep. */
  endTroubled?(seen: Seen, ghost: Ghost): void
  /**
   * No controller comes or goes, and no process lists, makes or removes an entry's directory. What such a call would change is
   * constant, so looks at it need not be interleaved; a process that makes one all the same ends the search with an error.
   */
  readonly still?: boolean
  /** Each process has a pid namespace of its own: none can tell that another one has ended. */
  readonly apart?: boolean
  /** How many processes may be killed, at any point of their lives. */
  readonly crashes?: number
  /** How many system calls may fail with an errno that they can give. */
  readonly faults?: number
}

/** How far a process is: that much, and no more, an invariant may know of it. */
export type Phase =
  | { readonly at: 'start' }
  | { readonly at: 'work' }
  | { readonly at: 'killed' }
  | { readonly at: 'end'; readonly result: unknown }
  | { readonly at: 'error'; readonly error: Error }

/** A state, as the invariants see it. */
export interface Seen {
  readonly world: World
  /** The scenario's processes, and in the same order how far each is. */
  readonly names: readonly string[]
  readonly phases: readonly Phase[]
  /** Who made the last step: a process's name, or `''` for what just happened. */
  readonly mover: string
}

/** What the processes that have ended gave; undefined for those that have not. */
export const resultsOf = ({ phases }: Seen): unknown[] =>
  phases.map(phase => (phase.at === 'end' ? phase.result : undefined))

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
