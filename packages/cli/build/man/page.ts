import type { Flag, Node } from '../../src/completion/tree.ts'
import { EXIT_MEANING } from '../../src/exit-codes.ts'
import { markdownToRoff } from './markdown.ts'
import { quoted, roff, wrapped } from './roff.ts'

/** What all pages say of themselves. */
export interface Edition {
  readonly version: string
  /** `2026-11-22` */
  readonly date: string
}

const COMMON = new Set(['--root', '--output-format', '--verbose', '--quiet', '--help'])

/** The page of one command: name, synopsis and options from the command tree, the rest from man/. */
export function commandPage(node: Node, prose: string, all: readonly Node[], edition: Edition): string {
  const own = node.flags.filter(({ long }) => !COMMON.has(long))
  const common = node.flags.filter(({ long }) => COMMON.has(long))
  const [description, ...sections] = prose.trim().split(/\n(?=# [A-Z])/)
  return [
    title(node.path.replaceAll(' ', '-'), 8, edition),
    heading('Name'),
    wrapped(`${roff(node.path.replaceAll(' ', '-'))} \\- ${roff(node.help)}`),
    heading('Synopsis'),
    synopsis(node, own),
    heading('Description'),
    markdownToRoff(description ?? '').replace(/^\.PP\n/, ''),
    ...(node.commands.length === 0 ? [] : [heading('Commands'), ...node.commands.map(command)]),
    ...(own.length === 0 ? [] : [heading('Options'), ...own.map(option)]),
    heading('Common options'),
    ...common.map(option),
    ...sections.map(markdownToRoff),
    heading('Exit status'),
    ...(node.path === 'nvmf'
      ? Object.entries(EXIT_MEANING).map(([code, meaning]) => `.TP 5\n${code}\n${roff(meaning)}`)
      : ['0 if all went well; the table of all codes is in', '.BR nvmf (8).']),
    heading('See also'),
    seeAlso(node, all),
    '',
  ].join('\n')
}

/** A page that is prose alone. */
export const prosePage = (name: string, section: number, prose: string, edition: Edition): string =>
  `${title(name, section, edition)}\n${markdownToRoff(prose)}\n`

const title = (name: string, section: number, { version, date }: Edition): string =>
  `.\\" Made from the command tree and packages/cli/man.\n.TH ${quoted(roff(name.toUpperCase()))} ${section} ${date} ${quoted(`nvmf ${version}`)} ${quoted('NVMe\\-oF ownership')}`

const heading = (text: string): string => `.SH ${text.includes(' ') ? quoted(text) : text}`

function synopsis({ path, commands, argument }: Node, own: readonly Flag[]): string {
  const rest = [
    ...(own.length > 0 || commands.length === 0 ? [['[', 'option', ']...']] : []),
    ...(commands.length > 0 ? [['', 'command', ' ...']] : []),
    ...(argument === undefined ? [] : [['', argument.name, argument.many ? ' ...' : '']]),
  ]
  return `\\fB${roff(path)}\\fR ${rest.map(([before, word = '', after]) => `${before}\\fI${roff(word)}\\fR${after}`).join(' ')}`
}

const command = ({ path, help }: Node): string =>
  `.TP\n.BR ${roff(path.replaceAll(' ', '-'))} (8)\n${wrapped(roff(help))}`

function option({ short, long, value, help }: Flag): string {
  const names = [short, long].filter(name => name !== undefined).map(name => `\\fB${roff(name)}\\fR`)
  const wants = value === undefined ? '' : ` \\fI${roff(value.name)}\\fR`
  const words = typeof value?.values === 'object' ? value.values : []
  const choices = words.every(word => help.includes(word)) ? '' : ` (${words.join(', ')})`
  return `.TP\n${names.join(', ')}${wants}\n${wrapped(roff(help + choices))}`
}

/** Its group, its neighbours, and what explains them. */
function seeAlso(node: Node, all: readonly Node[]): string {
  const parent = node.path.split(' ').slice(0, -1).join(' ')
  const near = all.filter(({ path }) => path === parent || path.split(' ').slice(0, -1).join(' ') === parent)
  const names = near.filter(({ path }) => path !== node.path).map(({ path }) => [path.replaceAll(' ', '-'), '8'])
  const pages = [...names, ['nvmf-registry', '5'], ['nvmf-ownership', '7']]
  return pages
    .map(([name = '', section], i) => `.BR ${roff(name)} (${section})${i === pages.length - 1 ? '' : ','}`)
    .join('\n')
}
