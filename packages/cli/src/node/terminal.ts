import { fstatSync } from 'node:fs'
import type { Terminal } from '../io.ts'
import { load } from './load.ts'

/** /dev/null: major number 1, minor 3 (Documentation/admin-guide/devices.txt). Node puts it in a closed stream's place. */
const NULL_DEVICE = 0x103

/** Is this a terminal? A script's streams are pipes, files or /dev/null, and that is told without node:tty, which takes 8 ms. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  const stream = fstatSync(fd)
  return stream.isCharacterDevice() && stream.rdev !== NULL_DEVICE && load.tty().isatty(fd)
}

/** What standard output is, if it is a terminal. */
export function terminal(): Terminal | undefined {
  return isTerminal(1) ? { columns: columnsOf(1), colour: wantsColour() } : undefined
}

/** Characters in a line of a terminal. */
export function columnsOf(fd: 1 | 2): number {
  const { WriteStream } = load.tty()
  const stream = new WriteStream(fd)
  const [columns] = stream.getWindowSize()
  stream.unref?.()
  // Some terminals (a serial line) know no width.
  return columns > 0 ? columns : 80
}

export const colourfulErrors = (): boolean => wantsColour() && isTerminal(2)

/** no-color.org, and terminals that say that they have none. */
const wantsColour = (): boolean => (process.env['NO_COLOR'] ?? '') === '' && !isDumb()

/** A terminal that takes text and nothing else. */
export const isDumb = (): boolean => ['dumb', '', undefined].includes(process.env['TERM'])
