import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SCRATCH } from '../../host.ts'
import { Log, LogReader, type LogRecord } from './records.ts'

/** The logs of a run, one after the other: each from one moment at which no worker is left to the next. */
export class LogFiles {
  readonly dir = mkdtempSync(join(SCRATCH, 'killing-'))
  #count = 0
  #log = new Log(this.path)
  #reader = new LogReader(this.path)

  /** The present one. */
  get path(): string {
    return join(this.dir, `log.${this.#count}`)
  }

  add(record: LogRecord): void {
    this.#log.add(record)
  }

  /** All of the present one. */
  records(): readonly LogRecord[] {
    return this.#reader.records()
  }

  next(): void {
    this.#close()
    this.#count++
    this.#log = new Log(this.path)
    this.#reader = new LogReader(this.path)
  }

  remove(): void {
    this.#close()
    rmSync(this.dir, { recursive: true, force: true })
  }

  #close(): void {
    this.#log.close()
    this.#reader.close()
  }
}
