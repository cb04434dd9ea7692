import { type Aftermath, aftermathOf } from './aftermath.ts'
import { FabricsError } from './errors.ts'
import type { Limit } from './in-turn.ts'

/** When a caller gives up. */
export interface PatienceOptions {
  /** Gives up when it aborts: error `interrupted`. */
  readonly signal?: AbortSignal | undefined
  /** Gives up after so many milliseconds: error `deadline`. */
  readonly timeoutMs?: number | undefined
}

/**
 * How far a connect is. `before`: nothing was asked of the kernel. `kernel`: it was, and cannot be stopped. `decided`: the
 * answer is there and is being dealt with, which nobody gives up any more.
 */
type Phase = 'before' | 'kernel' | 'decided'

/** One caller's patience, from the call on. */
export class Patience implements Limit {
  #phase: Phase = 'before'
  readonly #given: PatienceOptions
  readonly #gone: Promise<void>
  #over: 'interrupted' | 'deadline' | undefined
  #stop: () => void = () => {}

  constructor(options: PatienceOptions) {
    this.#given = options
    const { signal, timeoutMs } = options
    this.#gone = new Promise(resolve => {
      const end = (why: 'interrupted' | 'deadline') => (): void => {
        this.#over ??= why
        resolve()
      }
      const aborted = end('interrupted')
      if (signal?.aborted) aborted()
      signal?.addEventListener('abort', aborted)
      const timer = timeoutMs === undefined ? undefined : setTimeout(end('deadline'), timeoutMs)
      this.#stop = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
      }
    })
  }

  /** Why the caller does not wait any more; undefined: it waits. */
  get over(): 'interrupted' | 'deadline' | undefined {
    return this.#over
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#stop()
  }

  /** The last moment at which nothing has happened. @throws FabricsError `interrupted`, `deadline` */
  askKernel(): void {
    if (this.#over !== undefined) throw this.#error()
    this.#phase = 'kernel'
  }

  /** From here on something is changed, so giving up waits for the end. @throws FabricsError `interrupted`, `deadline` */
  decide(): void {
    if (this.#over !== undefined && this.#phase === 'before') throw this.#error()
    this.#phase = 'decided'
  }

  /**
   * `work`, or an error as soon as the caller gives up, which says what that leaves behind.
   * @throws FabricsError `interrupted`, `deadline`
   */
  async race<T>(work: Promise<T>): Promise<T> {
    const first = await Promise.race([work.then(value => ({ value })), this.#gone])
    if (first !== undefined) return first.value
    if (this.#phase === 'decided') return work
    const aftermath = this.#phase === 'kernel' ? aftermathOf(work) : undefined
    // Who wants to know how it ends has the aftermath.
    work.catch(() => {})
    throw this.#error(aftermath)
  }

  #error(aftermath?: Promise<Aftermath>): FabricsError {
    const code = this.#over ?? 'interrupted'
    const { signal, timeoutMs = 0 } = this.#given
    const why = code === 'interrupted' ? 'interrupted' : `not connected after ${timeoutMs / 1000} s`
    const rest =
      aftermath === undefined
        ? 'nothing was connected'
        : 'the kernel goes on; what it may still connect is taken down again, unless it is owned or in use by then'
    return new FabricsError(code, `${why}; ${rest}`, {
      aftermath,
      cause: code === 'interrupted' ? signal?.reason : undefined,
    })
  }
}
