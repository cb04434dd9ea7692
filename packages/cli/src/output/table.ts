import { visible } from './text.ts'

const GAP = 2
/** A column is not cut below this: less tells nothing. */
const NARROWEST = 8
const ELLIPSIS = '…'

/**
 * Columns as wide as they need to be, two spaces apart, nothing after the last. The first row is the heading.
 * @param fit characters in a line of the terminal: the widest columns are cut until the table fits; undefined: nothing is
 */
export function table(rows: readonly (readonly string[])[], fit?: number): string[] {
  const cells = rows.map(row => row.map(visible))
  const needed = (cells[0] ?? []).map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  const widths = fit === undefined ? needed : fitted(needed, fit)
  return cells.map(row =>
    row
      .map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

/** Takes from the widest column what is too much, until it is as narrow as the next one; then from both; and so on. */
function fitted(needed: readonly number[], fit: number): number[] {
  const widths = [...needed]
  const total = (): number => widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1))
  while (total() > fit) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    widths[widths.lastIndexOf(widest)] = widest - 1
  }
  return widths
}

/** Addresses and NQNs differ at their ends, so the middle goes. */
function cut(cell: string, width: number): string {
  if (cell.length <= width) return cell
  const tail = Math.floor((width - ELLIPSIS.length) / 2)
  return cell.slice(0, width - ELLIPSIS.length - tail) + ELLIPSIS + cell.slice(cell.length - tail)
}
