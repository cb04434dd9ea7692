import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** `changeset version` reads all of them at once, at the very moment of a release: one that it cannot read is found here. */
const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, '.changeset')
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8')

const packages = new Set(
  readdirSync(join(ROOT, 'packages'))
    .map(name => JSON.parse(read('packages', name, 'package.json')) as { name: string; private?: boolean })
    .filter(manifest => manifest.private !== true)
    .map(({ name }) => name),
)

describe.each(readdirSync(FOLDER).filter(name => name.endsWith('.md')))('%s', file => {
  it('names packages and kinds of change, then has a title', () => {
    const parts = /^---\n((?:'[^']+': (?:major|minor|patch)\n)+)---\n\n(\S.{5,})\n/.exec(read('.changeset', file))
    const named = [...(parts?.[1] ?? '').matchAll(/'(.+)'/g)].map(match => match[1] as string)
    expect(named).not.toEqual([])
    expect(named.filter(name => !packages.has(name))).toEqual([])
  })
})
