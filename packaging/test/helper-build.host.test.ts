import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { onPath } from '../lib/run.ts'

const NATIVE = resolve(import.meta.dirname, '../../packages/udev-cleanup/build/native.ts')
const PROGRAM = `import * as std from 'std'\nstd.out.puts(scriptArgs.slice(1).join())\nstd.exit(7)\n`
const work = mkdtempSync(join(tmpdir(), 'nvmf-native-test-'))
afterAll(() => rmSync(work, { recursive: true }))

const missing = ['apt-get', 'dpkg-source', 'gcc', 'make'].filter(tool => !onPath(tool))
if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} not installed`)

function build(out: string, program: string): { status: number | null; stderr: string } {
  const js = join(work, 'program.js')
  writeFileSync(js, program)
  return spawnSync(process.execPath, [NATIVE, '--js', js, '--out', join(work, out)], { encoding: 'utf8' })
}

describe.skipIf(missing.length > 0)('native.ts', () => {
  it('makes a static executable, the same byte for byte each time, under another name too', () => {
    expect(build('a/helper', PROGRAM)).toMatchObject({ status: 0 })
    expect(build('b/other', PROGRAM)).toMatchObject({ status: 0 })
    const [first, second] = ['a/helper', 'b/other'].map(name => readFileSync(join(work, name)))
    expect(first?.equals(second as Buffer)).toBe(true)
    const ran = spawnSync(join(work, 'a/helper'), ['x', 'y'], { encoding: 'utf8', env: {} })
    expect(ran).toMatchObject({ status: 7, stdout: 'x,y', stderr: '' })
  })

  it('says in one line what is wrong with a program', () => {
    const { status, stderr } = build('c/helper', 'const = 1\n')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^native: compiling JavaScript: qjsc returned 1: SyntaxError: .+\n$/)
  })
})
