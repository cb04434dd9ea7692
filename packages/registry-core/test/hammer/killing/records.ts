import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** What a process is about to do, with the arguments that the registry gets. */
export interface Deed {
  readonly act: string
  /** `nvme3`; '' for what is not about one device. */
  readonly device: string
  /** The new owner, the new value, the name of an announcement. No other deed has the same. */
  readonly value?: string
  readonly steal?: boolean
  /** The incarnation and the owner (null: unowned) that the caller has seen, of a deed that depends on them. */
  readonly incarnation?: string
  readonly seen?: string | null
}

/** What came of it: what was returned, a refusal, or an error that is none of the registry's. */
export type Result =
  | { readonly value: unknown }
  | { readonly code: string; readonly owner?: string; readonly message: string }
  | { readonly broken: string }

/** `kill`: the process is about to be killed. `dead`: it has ended. */
export type LogRecord =
  | readonly ['begin', worker: number, n: number, deed: Deed]
  | readonly ['end', worker: number, n: number, result: Result]
  | readonly ['kill' | 'dead', worker: number]

/**
 * One file for the records of all processes. A write(2) with O_APPEND is one step for the others, so the order of the records
 * is the order in which things have happened, without a clock. A process that is killed in the middle of one may leave a part
 * of a record: therefore the newline before it.
 */
export class Log {
  readonly #fd: number
  constructor(path: string) {
    this.#fd = openSync(path, 'a')
  }
  add(record: LogRecord): void {
    writeSync(this.#fd, `\n${JSON.stringify(record)}\n`)
  }
  close(): void {
    closeSync(this.#fd)
  }
}

/** What is in a log, read on as it grows. */
export class LogReader {
  readonly #fd: number
  readonly #buffer = Buffer.alloc(1 << 16)
  readonly #records: LogRecord[] = []
  #rest = Buffer.alloc(0)

  constructor(path: string) {
    this.#fd = openSync(path, 'r')
  }

  /** All whole records. A part of one is what a killed process had begun to say, so it counts for nothing. */
  records(): readonly LogRecord[] {
    for (;;) {
      const got = readSync(this.#fd, this.#buffer)
      if (got === 0) return this.#records
      const read = Buffer.concat([this.#rest, this.#buffer.subarray(0, got)])
      const end = read.lastIndexOf('\n') + 1
      this.#rest = read.subarray(end)
      for (const line of read.toString('utf8', 0, end).split('\n')) {
        const record = parsed(line)
        if (record !== undefined) this.#records.push(record)
      }
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

function parsed(line: string): LogRecord | undefined {
  try {
    return line === '' ? undefined : JSON.parse(line)
  } catch {
    return undefined
  }
}

/** A deed with its place in the log. Without a result: its process was killed before it had one, or before it could say it. */
export interface Done {
  readonly worker: number
  readonly deed: Deed
  readonly begin: number
  readonly end: number
  readonly result: Result | undefined
}

export interface History {
  readonly done: readonly Done[]
  /** Places in the log, by worker. */
  readonly killed: ReadonlyMap<number, number>
  readonly dead: ReadonlyMap<number, number>
}

/** What a log says. */
export function historyOf(records: readonly LogRecord[]): History {
  const open = new Map<string, { worker: number; deed: Deed; begin: number }>()
  const done: Done[] = []
  const killed = new Map<number, number>()
  const dead = new Map<number, number>()
  for (const [at, record] of records.entries()) {
    if (record[0] === 'kill') killed.set(record[1], at)
    else if (record[0] === 'dead') dead.set(record[1], at)
    else if (record[0] === 'begin')
      open.set(`${record[1]}.${record[2]}`, { worker: record[1], deed: record[3], begin: at })
    else {
      const key = `${record[1]}.${record[2]}`
      const begun = open.get(key)
      if (begun === undefined) throw new Error(`the log has an end without a beginning: ${JSON.stringify(record)}`)
      open.delete(key)
      done.push({ ...begun, end: at, result: record[3] })
    }
  }
  for (const begun of open.values()) done.push({ ...begun, end: Number.POSITIVE_INFINITY, result: undefined })
  return { done: done.toSorted((a, b) => a.begin - b.begin), killed, dead }
}
