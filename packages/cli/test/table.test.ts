import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTooNarrow, table } from '../src/output/table.ts'
import { widthOf } from '../src/output/width.ts'

/** What a terminal shows as one character, and the columns that it takes there (wcwidth(3), and Unicode's emoji presentation). */
const GLYPHS: Readonly<Record<string, number>> = {
  a: 1,
  '.': 1,
  ' ': 1,
  é: 1,
  'e\u0301': 1,
  ก็: 1,
  ﷺ: 1,
  漢: 2,
  한: 2,
  '\u1112\u1161\u11ab': 2,
  '、': 2,
  Ａ: 2,
  ｱ: 1,
  が: 2,
  𠮷: 2,
  क्षि: 3,
  '\u00ad': 1,
  '\u200b': 0,
  '👍': 2,
  '👍🏽': 2,
  '☝🏽': 2,
  '👨‍👩‍👧': 2,
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿': 2,
  '🇩🇪': 2,
  '🇩': 1,
  '❤': 1,
  '❤️': 2,
  '1️⃣': 2,
}
/** The table's own, and the borders of the columns here. */
const OTHERS: Readonly<Record<string, number>> = { '…': 1, '|': 1 }

const known = Object.entries({ ...GLYPHS, ...OTHERS }).toSorted(([a], [b]) => b.length - a.length)

/** A line as it is shown. @throws if it has a piece of a character */
function glyphsIn(line: string): [text: string, width: number][] {
  const glyphs: [string, number][] = []
  for (let at = 0; at < line.length; at += glyphs.at(-1)?.[0].length ?? 0) {
    const glyph = known.find(([text]) => line.startsWith(text, at))
    if (glyph === undefined) throw new Error(`${JSON.stringify(line)}: what is this at ${at}?`)
    glyphs.push(glyph)
  }
  return glyphs
}
const shownWidth = (line: string): number => glyphsIn(line).reduce((sum, [, width]) => sum + width, 0)

/** Where the borders between the columns are. */
function bordersOf(line: string): number[] {
  let at = 0
  return glyphsIn(line).flatMap(([glyph, width]) => {
    at += width
    return glyph === '|' ? [at] : []
  })
}

/** Without the half of a flag: two halves would be one. */
const text = fc
  .array(fc.constantFrom(...Object.keys(GLYPHS).filter(glyph => glyph !== '🇩')), { maxLength: 40 })
  .map(glyphs => glyphs.join('').trimEnd())

test.each(Object.entries(GLYPHS))('%j takes %i', (glyph, width) => {
  expect(widthOf(glyph)).toBe(width)
  expect(widthOf(`a${glyph}a`)).toBe(width + 2)
})

describe('a table of any characters', () => {
  const row = fc.tuple(text, text).map(([one, two]) => [one, '|', two, '|'])
  const rows = fc.array(row, { minLength: 1, maxLength: 6 })
  test('has its columns below each other, and is never wider than the terminal', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2 * 12 + 2 + 3 * 2, max: 120 }), (cells, columns) => {
        for (const lines of [table(cells), table(cells, columns)])
          for (const line of lines) expect(bordersOf(line)).toEqual(bordersOf(lines[0] ?? ''))
        for (const line of table(cells, columns)) expect(shownWidth(line)).toBeLessThanOrEqual(columns)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('is too wide for a terminal exactly if it is wider with all cut that can be', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 60 }), (cells, columns) => {
        const fits = table([['', '', '', '|'], ...cells], columns).every(line => shownWidth(line) <= columns)
        expect(isTooNarrow([['', '', '', '|'], ...cells], columns)).toBe(!fits)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('is cut in the middle of a cell, between characters, and the place is marked', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 12, max: 80 }), (cell, columns) => {
        fc.pre(shownWidth(cell) > columns)
        const [line = ''] = table([[cell]], columns)
        const [head = '', tail = '', ...more] = line.split('…')
        expect(more).toEqual([])
        expect([cell.startsWith(head), cell.endsWith(tail)]).toEqual([true, true])
        // No room is wasted, but for a character that is wider than what is left.
        expect(columns - shownWidth(line)).toBeLessThan(3)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  test('without a terminal nothing is cut', () => {
    fc.assert(
      fc.property(rows, cells => {
        table(cells).forEach((line, i) => {
          for (const cell of cells[i] ?? []) expect(line).toContain(cell)
        })
      }),
      { seed: 1, numRuns: 200 },
    )
  })
})
