import { type Controller, type ControllerSummary, listControllerSummaries, listControllers } from '@nvmf/controllers'
import { type Ownership, RegistryReader } from '@nvmf/registry-core'
import type { Globals } from './globals.ts'
import type { Io, Journal } from './io.ts'
import { BOLD, DIM, painted } from './output/colour.ts'
import { records } from './output/records.ts'
import { isTooNarrow, table } from './output/table.ts'
import { visible } from './output/text.ts'

/** One run of one command. */
export class Context {
  readonly io: Io
  /** `registry update`, as it is named in messages. */
  readonly command: string
  readonly root: string
  readonly json: boolean
  /** How often -v was given. */
  readonly verbosity: number
  readonly quiet: boolean
  readonly registry: RegistryReader
  #journal: Journal | undefined

  constructor(io: Io, command: string, { root = '/', outputFormat, verbose = 0, quiet = false }: Globals) {
    this.io = io
    this.command = command
    this.root = root
    this.json = outputFormat === 'json'
    this.verbosity = verbose
    this.quiet = quiet
    this.registry = new RegistryReader({ root })
  }

  /** -v was given, and not --quiet beside it. */
  get verbose(): boolean {
    return this.verbosity > 0 && !this.quiet
  }

  controllers(): Controller[] {
    return listControllers({ root: this.root })
  }

  controllerSummaries(): ControllerSummary[] {
    return listControllerSummaries({ root: this.root })
  }

  /** Who owns exactly this incarnation of a controller. */
  ownershipOf = ({ name, incarnation }: ControllerSummary): Ownership => this.registry.ownerOf(name, incarnation)

  /** The command's result: the object in JSON mode, with the version of its schema in docs/schemas, else the lines. Nothing with --quiet. */
  print(json: object, lines: readonly (string | undefined)[]): void {
    const text = this.json ? [JSON.stringify({ version: 1, ...json })] : lines.filter(line => line !== undefined)
    if (text.length > 0 && !this.quiet) this.io.stdout(`${text.join('\n')}\n`)
  }

  /**
   * A table for {@link print}: fits a terminal and has a bold heading there; whole and plain anywhere else. Where a terminal
   * is too narrow for columns there are lines below each other.
   */
  table(rows: readonly (readonly string[])[]): string[] {
    if (this.json) return []
    const terminal = this.io.terminal()
    const paint = (text: string): string => (terminal?.colour ? painted(text, BOLD) : text)
    if (terminal !== undefined && isTooNarrow(rows, terminal.columns)) return records(rows, paint)
    const [heading = '', ...lines] = table(rows, terminal?.columns)
    return [paint(heading), ...lines]
  }

  /** A remark beside the result. JSON says such things in its object, so there it is left out. */
  note(text: string): void {
    if (!this.json) this.io.stderr(`nvmf: ${this.command}: ${visible(text)}\n`)
  }

  /** What would help. */
  hint(text: string): void {
    if (this.json) return
    const line = `hint: ${visible(text)}`
    this.io.stderr(`${this.io.colourfulErrors() ? painted(line, DIM) : line}\n`)
  }

  /** The journal of the host; opened for whoever has something to tell ({@link tell}). */
  get journal(): Journal {
    this.#journal ??= this.io.openJournal(this.root)
    return this.#journal
  }

  /** The end of the run: what was told to the journal is there. */
  async close(): Promise<void> {
    await this.#journal?.close()
  }
}
