import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { explore, replay } from './explore.ts'
import { type Depth, document, documented, type Row, rowOf } from './report.ts'
import { Counterexample, Violation } from './scenario.ts'
import { type AnyScenario, DEEP, FAST, UNFINISHED } from './scenarios.ts'

const HELP = `usage: pnpm explore [--deep] [--markdown | --check]
       pnpm explore --replay FILE

Runs the registry's protocol through every interleaving of its scenarios (docs/proof.md).

  --deep         the scenarios that take minutes instead of those that take seconds
  --markdown     puts the numbers of this run into docs/proof.md
  --check        fails if docs/proof.md has other numbers than this run
  --replay FILE  follows a schedule that was printed, and says where it leads
  --help         prints this

Exit status: 0 nothing is violated, 1 a counterexample (printed as a schedule) or other numbers, 2 bad use.
`

/** Something is wrong with what was asked, not with the protocol. */
class Usage extends Error {}

const SETS: Record<Depth, readonly AnyScenario[]> = {
  fast: Object.values(FAST).flat(),
  deep: Object.values(DEEP).flat(),
}

function run(depth: Depth): { rows: Row[]; summary: string } {
  const began = performance.now()
  const rows: Row[] = []
  let all = 0
  for (const scenario of SETS[depth]) {
    const begun = performance.now()
    const explored = explore(scenario)
    const row = rowOf(scenario, explored)
    rows.push(row)
    all += explored.states
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    process.stdout.write(`${row.states} states, ${row.schedules} schedules, ${seconds} s: ${row.name}\n`)
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)
  const summary = `${rows.length} scenarios, ${all} states, in ${seconds} s and ${memory} MiB.`
  process.stdout.write(`${summary}\n`)
  return { rows, summary }
}

/** Says where docs/proof.md differs from a run. */
function check(depth: Depth, rows: readonly Row[]): boolean {
  const known = documented(depth)
  const differs = rows.find((row, i) => JSON.stringify(row) !== JSON.stringify(known[i]))
  if (differs === undefined && known.length === rows.length) return true
  const what = differs?.name ?? 'there is a scenario that is not run'
  process.stderr.write(`explore: docs/proof.md has other numbers (${what}); run again with --markdown\n`)
  return false
}

/** The first line is the scenario and perhaps what was violated; the others are numbered steps. */
function follow(file: string): void {
  const [title = '', ...lines] = read(file).trimEnd().split('\n')
  const named = [...SETS.fast, ...SETS.deep, ...UNFINISHED].filter(
    ({ name }) => title === name || title.startsWith(`${name}: `),
  )
  const scenario = named.toSorted((a, b) => b.name.length - a.name.length)[0]
  if (scenario === undefined) throw new Usage(`${file}: its first line names no scenario: "${title.slice(0, 80)}"`)
  const steps = lines.map(line => line.replace(/^ *[0-9]+\. /, ''))
  try {
    const { world } = replay(scenario, steps)
    process.stdout.write(`nothing is violated; the entry is ${JSON.stringify(world.entry() ?? null)}\n`)
  } catch (error) {
    if (error instanceof Violation) throw error
    throw new Usage(`${file}: ${(error as Error).message}`)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Usage(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function options() {
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      options: { deep: flag, markdown: flag, check: flag, help: flag, replay: { type: 'string' } },
    })
    if (values.replay !== undefined && (values.deep || values.markdown || values.check))
      throw new Usage('--replay FILE stands alone')
    if (values.markdown && values.check) throw new Usage('--markdown or --check, not both')
    return values
  } catch (error) {
    throw error instanceof Usage ? error : new Usage((error as Error).message.split('. ')[0])
  }
}

try {
  const { deep, markdown, check: compared, help, replay: file } = options()
  const depth = deep ? 'deep' : 'fast'
  if (help) process.stdout.write(HELP)
  else if (file !== undefined) follow(file)
  else {
    const { rows, summary } = run(depth)
    if (markdown) document(depth, rows, summary)
    if (compared && !check(depth, rows)) process.exitCode = 1
  }
} catch (error) {
  if (error instanceof Counterexample || error instanceof Violation) {
    process.stdout.write(`${error.message}\n`)
    process.exitCode = 1
  } else if (error instanceof Usage) {
    process.stderr.write(`explore: ${error.message} (see --help)\n`)
    process.exitCode = 2
  } else throw error
}
