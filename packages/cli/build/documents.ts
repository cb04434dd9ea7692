/**
 * Writes what is made from the command tree to dist/: the manual pages and the completions of the shells.
 *
 *   node --conditions=@nvmf/source build/documents.ts
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SHELLS } from '../src/commands/completion.ts'
import { type Node, treeOf } from '../src/completion/tree.ts'
import { withGlobals } from '../src/globals.ts'
import { program } from '../src/program.ts'
import type { Edition } from './man/page.ts'
import { manPages } from './man/pages.ts'

const HERE = resolve(import.meta.dirname, '..')
/** As the shells want to find them. */
const FILES: Readonly<Record<string, string>> = { bash: 'nvmf', zsh: '_nvmf', fish: 'nvmf.fish' }

/** The command tree without anything behind it. */
export async function commandTree(): Promise<Node> {
  return treeOf(await program(command => void withGlobals(command), { stdout: () => {} }))
}

/** Every document by its path below dist/. */
export async function documents(printed: Edition): Promise<ReadonlyMap<string, string>> {
  const tree = await commandTree()
  const pages = [...manPages(tree, printed)].map(([name, text]): [string, string] => [`man/${name}`, text])
  const scripts = Object.entries(SHELLS).map(([shell, make]): [string, string] => [
    `completions/${FILES[shell]}`,
    make(tree),
  ])
  return new Map([...pages, ...scripts])
}

/** The version of the command, and the date of its source. */
function edition(): Edition {
  const { version } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')) as { version: string }
  return { version, date: new Date(sourceDate() * 1000).toISOString().slice(0, 10) }
}

/** Seconds since 1970: what a packager says, or the last commit; today in a source tree that is neither. */
function sourceDate(): number {
  const said = process.env['SOURCE_DATE_EPOCH']
  if (said !== undefined) return Number(said)
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: HERE, encoding: 'utf8' })
  return status === 0 ? Number(stdout) : Date.now() / 1000
}

async function main(): Promise<void> {
  for (const folder of ['man', 'completions']) {
    rmSync(join(HERE, 'dist', folder), { recursive: true, force: true })
    mkdirSync(join(HERE, 'dist', folder), { recursive: true })
  }
  for (const [path, text] of await documents(edition())) writeFileSync(join(HERE, 'dist', path), text)
}

if (import.meta.main) await main()
