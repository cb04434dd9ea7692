import { Point, perform, type Reply, reachInStillness, reachOf, showCall } from './actor.ts'
import { faultsOf } from './faults.ts'
import { IntTable } from './int-table.ts'
import type { Phase, Scenario } from './scenario.ts'
import { BEFORE, Blocked, World } from './world.ts'

/** What a step uses up of what may go wrong in a schedule. */
export const COST = { nothing: 0, fault: 1, crash: 2 } as const

/** One thing that a process or the kernel may do next: where it leads, by numbers. */
export interface Step {
  readonly world: number
  readonly point: number
  readonly cost: number
  /** Made only for who asks. */
  label(): string
}

/** What a process may do at a point in a world. */
export interface Steps {
  readonly list: readonly Step[]
  /** Nobody can notice them, and nothing of them stays if the process is killed: they need not be interleaved. */
  readonly passing: boolean
  /** The same for a process that nobody kills. */
  readonly own: boolean
}

/** Calls that leave the world as it is: no descriptor, no token. */
const LOOKS: ReadonlySet<string> = new Set(['stat', 'readFile', 'readdir', 'readlink', 'isGone', 'holds', 'holdDelete'])

/** The point of a process that was killed. */
export const KILLED = 0

/**
 * A scenario's worlds and points, each kept once and known by a number, and the steps between them, each made once. There
 * are few: hundreds of worlds make millions of states, as a state is a world together with a point of each process.
 */
export class Machine {
  readonly names: readonly string[]
  readonly firstWorld: number
  readonly firstPoints: readonly number[]
  readonly #scenario: Scenario<never>
  readonly #plain: boolean
  readonly #worlds: World[] = []
  readonly #worldNumbers = new Map<string, number>()
  readonly #points: (Point | Phase)[] = [{ at: 'killed' }]
  readonly #pointNumbers = new Map<string, number>()
  readonly #stepNumbers = new IntTable(3)
  readonly #steps: Steps[] = []
  readonly #happened = new Map<string, Step | undefined>()

  /** @param plain nothing is reduced: no call is taken for private, and what has ended is kept apart by how it came to it */
  constructor(scenario: Scenario<never>, plain: boolean) {
    this.#scenario = scenario
    this.#plain = plain
    this.names = Object.keys(scenario.processes)
    const world = World.boot(this.names, scenario.apart)
    scenario.prepare?.(world)
    // Who prepared it is no process of the scenario.
    world.forget(BEFORE)
    this.firstWorld = this.#worldNumber(world)
    this.firstPoints = Object.values(scenario.processes).map(program => this.#add(new Point(program)))
  }

  get size(): { readonly worlds: number; readonly points: number } {
    return { worlds: this.#worlds.length, points: this.#points.length }
  }

  world(number: number): World {
    return this.#worlds[number] as World
  }

  phase(point: number): Phase {
    const there = this.#points[point] as Point | Phase
    return there instanceof Point ? { at: there.isFirst ? 'start' : 'work' } : there
  }

  /** Points that an invariant cannot tell from each other have the same. */
  phaseNumber(point: number): number {
    const there = this.#points[point] as Point | Phase
    if (!(there instanceof Point)) return point
    return there.isFirst ? -1 : -2
  }

  stepsOf(process: number, world: number, point: number): Steps {
    const number = this.#stepNumbers.intern([world, point, process])
    return (this.#steps[number] ??= this.#makeSteps(process, world, point))
  }

  /** What the kernel or a stranger does next, if it is possible. */
  happening(sequence: number, done: number, world: number): Step | undefined {
    const key = `${sequence} ${done} ${world}`
    if (this.#happened.has(key)) return this.#happened.get(key)
    const happening = this.#scenario.happenings[sequence]?.[done]
    let step: Step | undefined
    if (happening?.possible(this.world(world)) === true) {
      const after = this.world(world).clone()
      happening.happen(after)
      step = { world: this.#worldNumber(after), point: KILLED, cost: COST.nothing, label: () => happening.name }
    }
    this.#happened.set(key, step)
    return step
  }

  #makeSteps(process: number, worldNumber: number, pointNumber: number): Steps {
    const point = this.#points[pointNumber] as Point | Phase
    if (!(point instanceof Point) || !('call' in point.standing)) return { list: [], passing: false, own: false }
    const name = this.names[process] as string
    const { call } = point.standing
    const before = this.world(worldNumber)
    const list: Step[] = []
    const add = (what: string, cost: number, changes: boolean, make: (world: World) => Reply): void => {
      const world = changes ? before.clone() : before
      const next = this.#after(process, pointNumber, make(world))
      const after = this.#points[next] instanceof Point ? world : this.#without(process, world)
      const number = after === before ? worldNumber : this.#worldNumber(after)
      list.push({ world: number, point: next, cost, label: () => `${name}: ${what}` })
    }
    try {
      add(showCall(call), COST.nothing, !LOOKS.has(call.op), world => perform(world.sysFor(name, process + 1), call))
    } catch (error) {
      if (!(error instanceof Blocked)) throw error
    }
    for (const { errno, partly } of (this.#scenario.faults ?? 0) > 0 ? faultsOf(call) : []) {
      const how = partly === undefined ? '' : ' halfway'
      add(`${showCall(call)} fails with ${errno}${how}`, COST.fault, partly !== undefined, world => {
        partly?.(world.sysFor(name, process + 1))
        return { errno }
      })
    }
    if ((this.#scenario.crashes ?? 0) > 0) list.push(this.#kill(process, before, pointNumber))
    const reachIn = this.#scenario.still === true ? reachInStillness : reachOf
    const reach = this.#plain ? 'shared' : reachIn(call, name, fd => before.fs.behind(name, fd))
    return { list, passing: reach === 'passing', own: reach !== 'shared' }
  }

  #kill(process: number, before: World, point: number): Step {
    const world = this.#worldNumber(this.#without(process, before))
    const killed = this.#plain ? this.#named(`killed ${point}`, { at: 'killed' }) : KILLED
    return { world, point: killed, cost: COST.crash, label: () => `${this.names[process]}: killed` }
  }

  /** The point behind a reply. Of a process that has ended only the result counts, not how it came to it. */
  #after(process: number, from: number, reply: Reply): number {
    const key = `${from} ${JSON.stringify(reply)}`
    let number = this.#pointNumbers.get(key)
    if (number === undefined) {
      number = this.#pointOf(process, (this.#points[from] as Point).after(reply), key)
      this.#pointNumbers.set(key, number)
    }
    return number
  }

  #pointOf(process: number, point: Point, way: string): number {
    const { standing } = point
    if ('call' in standing) return this.#add(point)
    const phase: Phase =
      'error' in standing ? { at: 'error', error: standing.error } : { at: 'end', result: standing.result }
    return this.#named(`end ${process} ${this.#plain ? way : JSON.stringify(phase)}`, phase)
  }

  /** The world when a process has ended: what it still has open is closed by the kernel, its pins and its pid go. */
  #without(process: number, before: World): World {
    const name = this.names[process] as string
    const world = before.clone()
    world.end(name, process + 1)
    if (!this.#plain) world.forget(name)
    return world
  }

  #named(key: string, phase: Phase): number {
    const known = this.#pointNumbers.get(key)
    if (known !== undefined) return known
    const number = this.#add(phase)
    this.#pointNumbers.set(key, number)
    return number
  }

  #add(point: Point | Phase): number {
    return this.#points.push(point) - 1
  }

  #worldNumber(world: World): number {
    const key = world.key()
    let number = this.#worldNumbers.get(key)
    if (number === undefined) {
      number = this.#worlds.push(world) - 1
      this.#worldNumbers.set(key, number)
    }
    return number
  }
}
