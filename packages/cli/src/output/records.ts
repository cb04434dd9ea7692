import { visible } from './text.ts'
import { widthOf } from './width.ts'

/**
 * A table's rows one below the other, for a terminal that is too narrow for columns: the first cell, and under it the
 * others with their headings. Whole, however long.
 */
export function records(rows: readonly (readonly string[])[], paint: (name: string) => string): string[] {
  const [[, ...headings] = [], ...things] = rows.map(row => row.map(visible))
  const width = Math.max(...headings.map(widthOf))
  return things.flatMap(([name = '', ...cells]) => [
    paint(name),
    ...cells.map((cell, i) => `  ${(headings[i] ?? '').padEnd(width)}  ${cell}`),
  ])
}
