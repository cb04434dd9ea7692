import type { Terminal } from '../io.ts'
import { GREEN, painted, RED, YELLOW } from '../output/colour.ts'
import { folded } from '../output/fold.ts'
import { visible } from '../output/text.ts'
import { widthOf } from '../output/width.ts'
import type { Finding, State } from './check.ts'
import type { Report } from './examine.ts'

const COLOUR: Readonly<Record<State, number>> = { ok: GREEN, note: YELLOW, warning: YELLOW, problem: RED }
const STATE_WIDTH = 'problem'.length
const GAP = '  '

/**
 * A line for each check: state, name, what is so, and behind an arrow what to do. On a terminal that is too narrow for
 * that the remedy stands below. It is not broken there: it may be a command, to be copied.
 */
export function linesOf(report: Report, terminal: Terminal | undefined): string[] {
  const nameWidth = Math.max(...report.map(({ check }) => check.length))
  const before = STATE_WIDTH + nameWidth + 2 * GAP.length
  const columns = terminal?.columns ?? Number.POSITIVE_INFINITY
  return report.flatMap(({ check, state, ...finding }) => {
    const mark = state.padEnd(STATE_WIDTH)
    const [what = '', ...more] = textOf(finding, before, columns)
    return [
      `${terminal?.colour ? painted(mark, COLOUR[state]) : mark}${GAP}${check.padEnd(nameWidth)}${GAP}${what}`,
      ...more,
    ]
  })
}

function textOf({ message, remedy }: Omit<Finding, 'state'>, before: number, columns: number): string[] {
  const what = visible(message)
  const advice = remedy === undefined ? [] : [`-> ${visible(remedy)}`]
  const line = [what, ...advice].join(' ')
  if (before + widthOf(line) <= columns) return [line]
  const [first = '', ...more] = folded(what, columns - before)
  return [first, ...more.map(indented(before)), ...advice.map(indented(STATE_WIDTH + GAP.length))]
}

const indented =
  (columns: number) =>
  (text: string): string =>
    ' '.repeat(columns) + text
