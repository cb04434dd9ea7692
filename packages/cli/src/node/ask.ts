import { closeSync, openSync, writeSync } from 'node:fs'
import { load } from './load.ts'
import { write } from './output.ts'
import { isTerminal } from './terminal.ts'

/** Whoever typed the command can answer: what becomes of the output does not matter to that. */
export const interactive = (): boolean => isTerminal(0)

/**
 * Asks a question and reads a line. Where standard error is a file or a pipe (`2>&1 | tee log`) the question goes to the
 * terminal itself: it must not be answered unseen, nor left out.
 *
 * @returns undefined at the end of input, or if there is no terminal to ask on
 */
export async function ask(question: string): Promise<string | undefined> {
  const [say, done] = isTerminal(2) ? [(text: string) => write(2, text), () => {}] : terminal()
  if (say === undefined) return undefined
  say(question)
  // Not a readline terminal: the kernel's own line editing leaves Ctrl-C what it is.
  const lines = load.readline().createInterface({ input: process.stdin, terminal: false })
  try {
    for await (const line of lines) return line
    // Nobody typed the end of the line that the question began.
    say('\n')
    return undefined
  } finally {
    lines.close()
    done()
  }
}

/** The terminal that controls this process, whatever its standard streams are. */
function terminal(): [((text: string) => void) | undefined, () => void] {
  try {
    const fd = openSync('/dev/tty', 'w')
    return [text => void writeSync(fd, text), () => closeSync(fd)]
  } catch {
    // Standard input is a terminal of somebody else's (ENXIO): who would see the question?
    return [undefined, () => {}]
  }
}
