import { VirtualHostError } from './errors.ts'
import { ERRNOS, type Errno, KernelError } from './kernel/errno.ts'

/** A connect that is to fail. */
export interface Failure {
  errno: string
  /** Only a connect to this subsystem. */
  nqn?: string | undefined
  /** How many connects; default 1. */
  times?: number | undefined
}

/** The errnos that come after the controller object was made: the failed connect has an add and a remove event. */
const AFTER_ADD: readonly Errno[] = ['EIO', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOKEY']

/** What goes wrong on request. Nothing here depends on time. */
export class Faults {
  readonly #failures: Array<{ errno: Errno; nqn: string | undefined; left: number }> = []
  readonly #deaths: Array<'write' | 'read'> = []
  #gate: { open: () => void; opened: Promise<void> } | undefined
  #held = 0
  #watchers: Array<() => void> = []

  /** The next connect fails with `errno`. */
  failNext({ errno, nqn, times = 1 }: Failure): void {
    if (!ERRNOS.includes(errno as Errno)) {
      throw new VirtualHostError('usage', `no errno ${errno}; one of: ${ERRNOS.join(' ')}`)
    }
    this.#failures.push({ errno: errno as Errno, nqn, left: times })
  }

  /**
   * The controller of the next connect dies - node, link and remove event included - while the handle that made it is
   * open: before its `write` returns, or between the write and the `read` of the reply. The reply is the same.
   */
  dieNext(at: 'write' | 'read' = 'read'): void {
    if (at !== 'write' && at !== 'read') throw new VirtualHostError('usage', `a controller dies at write or read`)
    this.#deaths.push(at)
  }

  /** From now on connects stay inside their write, in state `connecting`, until {@link releaseConnects}. */
  holdConnects(): void {
    if (this.#gate !== undefined) return
    const gate = { open: ignore, opened: Promise.resolve() }
    gate.opened = new Promise(resolve => (gate.open = resolve))
    this.#gate = gate
  }

  releaseConnects(): void {
    this.#gate?.open()
    this.#gate = undefined
  }

  /** Resolves when a connect is being held. */
  async connectHeld(): Promise<void> {
    if (this.#held === 0) await new Promise<void>(resolve => this.#watchers.push(resolve))
  }

  /** Forgets what was asked for and has not happened. */
  clear(): void {
    this.#failures.length = 0
    this.#deaths.length = 0
    this.releaseConnects()
  }

  /** @internal */
  refuse(text: string): void {
    const errno = this.#takeFailure(text, each => !AFTER_ADD.includes(each))
    if (errno !== undefined) throw new KernelError(errno, 'asked for')
  }

  /** @internal */
  failure(text: string): Errno | undefined {
    return this.#takeFailure(text, each => AFTER_ADD.includes(each))
  }

  /** @internal */
  diesAt(moment: 'write' | 'read'): boolean {
    if (this.#deaths[0] !== moment) return false
    this.#deaths.shift()
    return true
  }

  /** @internal */
  async heldConnect(): Promise<void> {
    const gate = this.#gate
    if (gate === undefined) return
    this.#held++
    for (const wake of this.#watchers.splice(0)) wake()
    await gate.opened
    this.#held--
  }

  #takeFailure(text: string, mine: (errno: Errno) => boolean): Errno | undefined {
    const options = text.split(/[,\n]/)
    const failure = this.#failures.find(
      ({ errno, nqn }) => mine(errno) && (nqn === undefined || options.includes(`nqn=${nqn}`)),
    )
    if (failure === undefined) return undefined
    if (--failure.left <= 0) this.#failures.splice(this.#failures.indexOf(failure), 1)
    return failure.errno
  }
}

function ignore(): void {}
