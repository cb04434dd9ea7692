import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Explored } from './explore.ts'
import type { AnyScenario } from './scenarios.ts'

/** The numbers of a run: a line each while it goes on, and the table that it puts into docs/proof.md. */
export interface Row {
  readonly name: string
  readonly actors: string
  readonly states: string
  readonly steps: string
  readonly schedules: string
}

export type Depth = 'fast' | 'deep'

export const PROOF = fileURLToPath(new URL('../../../docs/proof.md', import.meta.url))

export function rowOf(scenario: AnyScenario, { states, steps, schedules }: Explored): Row {
  const actors = Object.keys(scenario.processes).length + scenario.happenings.length
  const [a, s, t] = [actors, states, steps].map(String) as [string, string, string]
  return { name: scenario.name, actors: a, states: s, steps: t, schedules: count(schedules) }
}

/** Exact as far as the sums are. */
const count = (schedules: number): string =>
  schedules <= Number.MAX_SAFE_INTEGER ? String(schedules) : schedules.toExponential(3).replace('e+', 'e')

const HEAD: Row = { name: 'scenario', actors: 'actors', states: 'states', steps: 'steps', schedules: 'schedules' }
const COLUMNS = ['name', 'actors', 'states', 'steps', 'schedules'] as const

function table(rows: readonly Row[]): string {
  const widths = COLUMNS.map(column => Math.max(3, ...[HEAD, ...rows].map(row => row[column].length)))
  const line = (row: Row): string =>
    `| ${COLUMNS.map((column, i) => (i === 0 ? row[column].padEnd(widths[i] as number) : row[column].padStart(widths[i] as number))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(HEAD), rule, ...rows.map(line)].join('\n')
}

const markers = (depth: Depth): [string, string] => [`<!-- explored: ${depth} -->`, `<!-- /explored: ${depth} -->`]

/** What is between the markers of a table. */
function between(text: string, depth: Depth): { from: number; to: number } {
  const [begin, end] = markers(depth)
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf(end)
  if (from < begin.length || to < from) throw new Error(`${PROOF}: no ${begin} … ${end}`)
  return { from, to }
}

/** Puts the table of a run where docs/proof.md has the last one's. */
export function document(depth: Depth, rows: readonly Row[], summary: string): void {
  const text = readFileSync(PROOF, 'utf8')
  const { from, to } = between(text, depth)
  writeFileSync(PROOF, `${text.slice(0, from)}\n\n${summary}\n\n${table(rows)}\n\n${text.slice(to)}`)
}

/** The rows of the table as docs/proof.md has them. */
export function documented(depth: Depth): Row[] {
  const text = readFileSync(PROOF, 'utf8')
  const { from, to } = between(text, depth)
  const lines = text.slice(from, to).split('\n')
  return lines
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line => {
      const cells = line.split('|').map(cell => cell.trim())
      return Object.fromEntries(COLUMNS.map((column, i) => [column, cells[i + 1]])) as unknown as Row
    })
}
