import { describe, expect, test } from 'vitest'
import { DIR_MODE, FILE_MODE, REGISTRY_DIR, RESERVED } from '../../registry-core/src/layout.ts'
import { commandTree } from '../build/documents.ts'
import { markdownToRoff } from '../build/man/markdown.ts'
import { manPages } from '../build/man/pages.ts'
import { wrapped } from '../build/man/roff.ts'
import { allOf } from '../src/completion/tree.ts'

describe('the Markdown of the manual', () => {
  test.each([
    ['# A Head\n\nA line\nand more.', '.SH "A Head"\nA line and more.'],
    ['## Less\n\nx\n\ny', '.SS "Less"\nx\n.PP\ny'],
    [
      '`-o json` is **bold** and _thin_, some_name is not',
      '.PP\n\\fB\\-o json\\fR is \\fBbold\\fR and \\fIthin\\fR, some_name is not',
    ],
    ["- it's\n  one\n- two", '.IP \\(bu 2\nit\\(aqs one\n.IP \\(bu 2\ntwo'],
    ['`term`\n: what\n  it is', '.TP\n\\fBterm\\fR\nwhat it is'],
    ['```\n# nvmf list\n.x\n\n\\e\n```', '.PP\n.RS 4\n.nf\n# nvmf list\n\\&.x\n\\&\n\\ee\n.fi\n.RE'],
    ['    nvmf list', '.PP\n.RS 4\n.nf\nnvmf list\n.fi\n.RE'],
    ['a <!-- for\nthe tests -->\n\nb', '.PP\na b'],
  ])('%j', (markdown, roff) => expect(markdownToRoff(markdown)).toBe(roff))

  test.each(['| a | b |', '### deep', '1. one', '> said', '[a](b)'])('%s is refused, not lost', markdown => {
    expect(() => markdownToRoff(markdown)).toThrow("the manual's Markdown has no")
  })

  test('a dot at the beginning of a line is text', () => {
    const text = `${'x'.repeat(77)} .tmp.`
    expect(wrapped(text)).toBe(`${'x'.repeat(77)}\n\\&.tmp.`)
  })
})

test('nvmf-registry(5) says what the registry is', async () => {
  const page = manPages(await commandTree(), { version: '1.2.3', date: '2026-11-22' }).get('nvmf-registry.5') ?? ''
  const facts = [REGISTRY_DIR, `${REGISTRY_DIR}/nvme`, ...RESERVED, DIR_MODE.toString(8), FILE_MODE.toString(8)]
  for (const fact of facts) expect(page).toContain(fact)
  expect(page).toContain('.tmp.')
})

test('every command has a page that names each of its options', async () => {
  const tree = await commandTree()
  const pages = manPages(tree, { version: '1.2.3', date: '2026-11-22' })
  for (const { path, flags } of allOf(tree)) {
    const page = pages.get(`${path.replaceAll(' ', '-')}.8`) ?? ''
    for (const { long } of flags) expect(page).toContain(`\\fB${long.replaceAll('-', '\\-')}\\fR`)
  }
  expect([...pages.keys()]).toEqual(expect.arrayContaining(['nvmf.8', 'nvmf-registry.5', 'nvmf-ownership.7']))
})
