import { write } from './output.ts'
import { columnsOf, isDumb, isTerminal } from './terminal.ts'

const EVERY_MS = 1000
/** To the beginning of the line, and clear it. */
const HOME = '\r\u001b[K'

/** {@link progressLine} on a terminal that can take a line back, cut to its width: a line that was wrapped would stay. */
export const progress = (text: () => string): { stop: () => void } =>
  isTerminal(2) && !isDumb() ? progressLine(() => text().slice(0, columnsOf(2) - 1)) : { stop: () => {} }

/** A line on standard error that is written anew each second, and gone when it is stopped, which may be said twice. */
export function progressLine(
  text: () => string,
  out: (text: string) => void = line => write(2, line),
  everyMs = EVERY_MS,
): { stop: () => void } {
  let shown = false
  const timer = setInterval(() => {
    shown = true
    out(`${HOME}${text()}`)
  }, everyMs)
  return {
    stop() {
      clearInterval(timer)
      if (shown) out(HOME)
      shown = false
    },
  }
}
