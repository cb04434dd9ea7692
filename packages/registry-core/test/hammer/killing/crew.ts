import { Life } from './lives.ts'
import type { LogFiles } from './log-files.ts'

/** The worker processes that are there. */
export class Crew {
  readonly #program: string
  readonly #root: string
  readonly #logs: LogFiles
  readonly #lives = new Set<Life>()
  #workers = 0

  constructor(program: string, root: string, logs: LogFiles) {
    this.#program = program
    this.#root = root
    this.#logs = logs
  }

  /** @param inside what it is run by: `unshare` and its options */
  async start(role: string, inside: readonly string[], devices: Iterable<string> = []): Promise<Life> {
    const args = [this.#root, this.#logs.path, ...devices]
    const life = new Life(this.#program, role, ++this.#workers, inside, args)
    this.#lives.add(life)
    await life.ready()
    return life
  }

  async kill(life: Life): Promise<void> {
    this.#logs.add(['kill', life.worker])
    life.signal('SIGKILL')
    await this.over(life)
  }

  /** Waits for its end. @returns what it has written to stderr */
  async over(life: Life): Promise<string> {
    const complaint = await life.ended()
    this.#logs.add(['dead', life.worker])
    this.#lives.delete(life)
    return complaint
  }

  /** Stops all that are there, and gives them. */
  stop(): Life[] {
    const stopped = [...this.#lives]
    for (const life of stopped) life.signal('SIGSTOP')
    return stopped
  }

  /** Ends all, for a run that fails. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#lives].map(life => life.abandon()))
  }
}
