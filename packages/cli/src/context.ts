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
    this.io.journal(this.root, clipped(visible([what, ...parts].join(' ')), RECORD_BYTES))
  }
}

/** A record of /dev/kmsg holds 976 bytes on every kernel, prefix included; a longer one is refused whole, and lost. */
const RECORD_BYTES = 900

function clipped(text: string, bytes: number): string {
  let used = 0
  let clip = ''
  for (const character of text) {
    const code = character.codePointAt(0) as number
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (used > bytes) break
    clip += character
  }
  return clip
}
