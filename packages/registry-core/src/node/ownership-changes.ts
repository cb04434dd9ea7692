import { RegistryError } from '../errors.ts'
import type { Layout } from '../layout.ts'
import { errnoOf, type ReapSys } from '../sys.ts'
import type { OwnershipChange } from '../types.ts'
import { WatchedRegistry } from './watch.ts'

type Result = IteratorResult<OwnershipChange, undefined>
const DONE: Result = { done: true, value: undefined }

/**
 * The iterator behind {@link Registry.watch}. It reads when it is asked: what happens between two questions is only marked,
 * so a slow consumer costs no memory and hears of each device once, with the latest state.
 *
 * Not an async generator, whose return() would wait for the next event.
 */
export class OwnershipChanges implements AsyncIterableIterator<OwnershipChange, undefined> {
  readonly #registry: WatchedRegistry
  readonly #signal: AbortSignal | undefined
  readonly #end = (): void => this.#close()
  #pending: OwnershipChange[] = []
  /** The first reading is due without any event. */
  #marked = true
  #closed = false
  #wake: () => void = () => {}
  #queue: Promise<unknown> = Promise.resolve()

  constructor(sys: ReapSys, layout: Layout, signal: AbortSignal | undefined) {
    this.#registry = new WatchedRegistry(sys, layout, () => {
      this.#marked = true
      this.#wake()
    })
    this.#signal = signal
    signal?.addEventListener('abort', this.#end)
    if (signal?.aborted === true) this.#close()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Questions are answered in their order, whether or not the caller waits for each. */
  next(): Promise<Result> {
    const answer = this.#queue.then(() => this.#next())
    this.#queue = answer.catch(() => undefined)
    return answer
  }

  return(): Promise<Result> {
    this.#close()
    return Promise.resolve(DONE)
  }

  async #next(): Promise<Result> {
    while (!this.#closed) {
      const value = this.#pending.shift()
      if (value !== undefined) return { done: false, value }
      if (this.#marked) this.#read()
      else await this.#news()
    }
    return DONE
  }

  #read(): void {
    this.#marked = false
    try {
      this.#pending = this.#registry.changes()
    } catch (error) {
      this.#close()
      if (errnoOf(error) === undefined) throw error
      throw new RegistryError('io', `the registry cannot be watched: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Until something is marked; and until the events that came with it are delivered too, so that a burst is one reading. */
  async #news(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
    await new Promise(resolve => setImmediate(resolve))
  }

  #close(): void {
    this.#closed = true
    this.#registry.close()
    this.#signal?.removeEventListener('abort', this.#end)
    this.#wake()
  }
}
