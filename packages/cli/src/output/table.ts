import { visible } from './text.ts'
import { type Glyph, glyphsOf, widthOf } from './width.ts'

const GAP = 2
/** A column is not cut below this: less tells nothing. */
const NARROWEST = 12
/** One column wide. */
const ELLIPSIS = '…'

/**
 * Columns as wide as they need to be, two spaces apart, nothing after the last. The first row is the heading.
 * @param fit columns of the terminal: the widest columns are cut until the table fits; undefined: nothing is
 */
export function table(rows: readonly (readonly string[])[], fit?: number): string[] {
  const cells = cellsOf(rows)
  const needed = widthsOf(cells)
  const widths = fit === undefined ? needed : fitted(needed, fit)
  return cells.map(row =>
    row
      .map((cell, column) => padded(cut(cell, widths[column] ?? 0), widths[column] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

/** Columns of this terminal are too few for a table, however much is cut. */
export function isTooNarrow(rows: readonly (readonly string[])[], columns: number): boolean {
  const least = widthsOf(cellsOf(rows)).map(width => Math.min(width, NARROWEST))
  return totalOf(least) > columns
}

const cellsOf = (rows: readonly (readonly string[])[]): Cell[][] =>
  rows.map(row => row.map(text => (PLAIN.test(text) ? { text, width: text.length } : cellOf(visible(text)))))

/** Nearly every text, and told at once. */
const PLAIN = /^[ -~]*$/

/** What each column needs. */
const widthsOf = (cells: readonly (readonly Cell[])[]): number[] =>
  (cells[0] ?? []).map((_, column) => cells.reduce((most, row) => Math.max(most, row[column]?.width ?? 0), 0))

const totalOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1))

/** What stands in a table, and how many columns of the terminal it takes: measured once. */
type Cell = Glyph

const cellOf = (text: string): Cell => ({ text, width: widthOf(text) })

/** Takes from the widest column what is too much, until it is as narrow as the next one; then from both; and so on. */
function fitted(needed: readonly number[], fit: number): number[] {
  const widths = [...needed]
  while (totalOf(widths) > fit) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    widths[widths.lastIndexOf(widest)] = widest - 1
  }
  return widths
}

const padded = (cell: Cell, width: number): string => cell.text + ' '.repeat(width - cell.width)

/** Addresses and NQNs differ at their ends, so the middle goes. */
function cut(cell: Cell, width: number): Cell {
  if (cell.width <= width) return cell
  const glyphs = glyphsOf(cell.text)
  const room = width - 1
  const head = textOf(glyphs.slice(0, glyphs.findIndex(exceeding(Math.ceil(room / 2)))))
  // What is two columns wide may have left one over.
  const tail = textOf(glyphs.slice(glyphs.findLastIndex(exceeding(room - widthOf(head))) + 1))
  return cellOf(head + ELLIPSIS + tail)
}

const textOf = (glyphs: readonly Glyph[]): string => glyphs.map(({ text }) => text).join('')

/** Is this the first one for which there is no room any more? */
function exceeding(room: number): (glyph: Glyph) => boolean {
  let left = room
  return ({ width }) => (left -= width) < 0
}
