import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sharedId, wantedBy } from '../build/wanted.ts'
import { asComment, runSecondPart } from '../src/node/second-part.ts'

const require = createRequire(import.meta.url)

function file(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-parts-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'nvmf.cjs')
  writeFileSync(path, text)
  return path
}

describe('the second part of a file', () => {
  test('runs with what the first has, and may hold what ends a comment', () => {
    const code = `exports.all=[require("nvmf:a").name,/a*/.source,"*/",require("node:path").sep,1/* x */]\n`
    const path = file(`first()\n${asComment(code, 'one')}// behind it\n`)
    expect(runSecondPart(path, 'one', { 'nvmf:a': { name: 'shared' } }, require)).toEqual({
      all: ['shared', 'a*', '*/', '/', 1],
    })
  })

  test('that is not the one which belongs to the first is not run', () => {
    const path = file(asComment('process.exit(1)', 'two'))
    expect(() => runSecondPart(path, 'one', {}, require)).toThrow(
      expect.objectContaining({ message: `${path} was replaced as it started`, hint: 'run it again' }),
    )
  })

  test('cannot hold what stands for the end of a comment', () => {
    expect(() => asComment(String.raw`"*\u002f"`, 'one')).toThrow('cannot be in the code')
  })
})

describe('what a bundle wants of files that it was not bundled with', () => {
  const [a, b, c] = ['a.ts', 'b.ts', 'c.ts'].map(name => resolve('..', name)) as [string, string, string]
  const first = new Set([a, b, c])
  const bundle = (use: string): string =>
    `var import_a=require("${sharedId(a)}"),import_b=__toESM(require("${sharedId(b)}"),1);${use}`

  test('is each name that it uses, once', () => {
    const wanted = wantedBy(
      bundle('(0,import_a.f)(import_a.g,import_a.f);x.import_a;import_ab;import_b.default.h'),
      first,
    )
    expect([...wanted]).toEqual([
      [a, ['f', 'g']],
      [b, ['default']],
    ])
  })

  test('cannot be told of a module that is passed on as a whole', () => {
    expect(() => wantedBy(bundle('Object.keys(import_a)'), first)).toThrow('import_a is used as a whole')
  })
})
