import { inline, quoted, roff } from './roff.ts'

/**
 * The little of Markdown that the pages in man/ use, as man(7) macros: `#` headings, paragraphs, `-` lists, indented or fenced
 * code, and `term\n: what it is` definitions. HTML comments are for the tests and vanish.
 * @throws Error for anything else, so that nothing is lost in silence
 */
export function markdownToRoff(markdown: string): string {
  const blocks = markdown.replace(/<!--[\s\S]*?-->\n*/g, '').trimEnd()
  const out: string[] = []
  for (const block of splitBlocks(blocks)) out.push(...convert(block))
  // A macro that spaces its paragraph does that itself right behind a heading.
  return out.join('\n').replace(/^(\.SH .*|\.SS .*)\n\.PP$/gm, '$1')
}

/** Blocks are apart by empty lines, which a fenced one may have inside. */
function splitBlocks(text: string): string[] {
  return text
    .split(/(^```[\s\S]*?^```$)/m)
    .flatMap((part, i) => (i % 2 === 1 ? [part] : part.split(/\n{2,}/)))
    .map(block => block.replace(/^\n+|\n+$/g, ''))
    .filter(block => block !== '')
}

function convert(block: string): string[] {
  const lines = block.split('\n')
  const [first = ''] = lines
  if (first.startsWith('```')) return example(lines.slice(1, -1))
  if (lines.every(line => /^ {4}/.test(line))) return example(lines.map(line => line.slice(4)))
  const heading = /^(#{1,2}) (.*)$/.exec(block)
  if (heading) return [`.${heading[1] === '#' ? 'SH' : 'SS'} ${quoted(roff(heading[2] as string))}`]
  if (first.startsWith('- ')) return items(block)
  if (lines[1]?.startsWith(': ')) return definition(lines)
  if (/^([#>|]|\d+\.|\s|\[)/.test(first)) throw new Error(`the manual's Markdown has no ${JSON.stringify(first)}`)
  return ['.PP', inline(lines.join(' '))]
}

const example = (lines: readonly string[]): string[] => [
  '.PP',
  '.RS 4',
  '.nf',
  ...lines.map(roff).map(line => line || '\\&'),
  '.fi',
  '.RE',
]

const items = (block: string): string[] =>
  block
    .slice(2)
    .split(/\n- /)
    .flatMap(item => ['.IP \\(bu 2', inline(item.replaceAll(/\n\s*/g, ' '))])

const definition = ([term = '', ...lines]: readonly string[]): string[] => [
  '.TP',
  inline(term),
  inline(lines.map(line => line.replace(/^: |^\s+/, '')).join(' ')),
]
