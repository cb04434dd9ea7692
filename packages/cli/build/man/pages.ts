import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allOf, type Node } from '../../src/completion/tree.ts'
import { commandPage, type Edition, prosePage } from './page.ts'

const PROSE = join(import.meta.dirname, '../../man')

/**
 * Every manual page by file name: one for each command of the tree, and those of man/ that are about no command.
 * @throws Error for a command without prose in man/, or prose of no command
 */
export function manPages(tree: Node, edition: Edition): ReadonlyMap<string, string> {
  const all = allOf(tree)
  const prose = new Map(
    readdirSync(PROSE).map(file => [file.replace(/\.md$/, ''), readFileSync(join(PROSE, file), 'utf8')]),
  )
  const pages = new Map<string, string>()
  for (const node of all) {
    const name = `${node.path.replaceAll(' ', '-')}.8`
    const text = prose.get(name)
    if (text === undefined) throw new Error(`man/${name}.md is missing: every command has a page`)
    pages.set(name, commandPage(node, text, all, edition))
    prose.delete(name)
  }
  for (const [name, text] of prose) {
    const [, title = '', section = ''] = /^(.*)\.([57])$/.exec(name) ?? []
    if (title === '') throw new Error(`man/${name}.md is about no command`)
    pages.set(name, prosePage(title, Number(section), text, edition))
  }
  return pages
}
