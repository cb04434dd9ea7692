import { type Controller, listControllers } from '@nvmf/controllers'
import { type Ownership, Registry } from '@nvmf/registry-core'
import type { Globals } from './globals.ts'
import type { Io } from './io.ts'
import { visible } from './output/text.ts'

/** One run of one command. */
export class Context {
  readonly io: Io
  /** `registry update`, as it is named in messages. */
  readonly command: string
  readonly root: string
  readonly json: boolean
  readonly verbose: boolean
  readonly registry: Registry

  constructor(io: Io, command: string, { root = '/', outputFormat, verbose = false }: Globals) {
    this.io = io
    this.command = command
    this.root = root
    this.json = outputFormat === 'json'
    this.verbose = verbose
    this.registry = new Registry({ root })
  }

  controllers(): Controller[] {
    return listControllers({ root: this.root })
  }

  /** Who owns exactly this incarnation of a controller. */
  ownershipOf = ({ name, incarnation }: Controller): Ownership => this.registry.ownerOf(name, incarnation)

  /** The command's result: the object in JSON mode, else the lines. */
  print(json: object, lines: readonly (string | undefined)[]): void {
    const text = this.json ? [JSON.stringify(json)] : lines.filter(line => line !== undefined)
    if (text.length > 0) this.io.stdout(`${text.join('\n')}\n`)
  }

  /** A remark beside the result. JSON says such things in its object, so there it is left out. */
  note(text: string): void {
    if (!this.json) this.io.stderr(`nvmf: ${this.command}: ${visible(text)}\n`)
  }

  /** What would help. */
  hint(text: string): void {
    if (!this.json) this.io.stderr(`hint: ${visible(text)}\n`)
  }

  /** Tells the journal what was done: `connected nvme3 nqn=… owner=stas`. Never give it a secret. */
  journal(what: string, fields: Readonly<Record<string, string | undefined>>): void {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined)
    const parts = given.map(([key, value = '']) => `${key}=${/[\s"\\]/.test(value) ? JSON.stringify(value) : value}`)
    // The kernel cuts a record at about 1,000 bytes (LOG_LINE_MAX); an owner may be longer.
    this.io.journal(this.root, visible([what, ...parts].join(' ')).slice(0, 900))
  }
}
