import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../proof/main.ts', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'explore-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function explore(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@nvmf/source', MAIN, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

function file(name: string, text: string): string {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

describe('bad use is one line and status 2', () => {
  const other = file('other', 'a scenario of another project: P9\n    1. a: stat nvme0\n')
  const impossible = file('impossible', 'two claim what nobody owns\n    1. a: fly\n')
  test.each<[string, string[], RegExp]>([
    ['an unknown flag', ['--deeper'], /^explore: Unknown option '--deeper' \(see --help\)\n$/],
    ['a word', ['fast'], /^explore: Unexpected argument 'fast'.* \(see --help\)\n$/],
    ['two at once', ['--markdown', '--check'], /^explore: --markdown or --check, not both .*\n$/],
    ['a replay beside something else', ['--deep', '--replay', other], /^explore: --replay FILE stands alone .*\n$/],
    ['no such file', ['--replay', join(scratch, 'none')], /^explore: .*none cannot be read: ENOENT .*\n$/],
    ['a directory', ['--replay', scratch], /^explore: .* cannot be read: EISDIR .*\n$/],
    [
      'an unknown scenario',
      ['--replay', other],
      /^explore: .*names no scenario: "a scenario of another project: P9" .*\n$/,
    ],
    ['a step that is not possible', ['--replay', impossible], /^explore: .*"a: fly" is not possible here.*\n$/],
  ])('%s', (_what, args, said) => {
    const { status, stdout, stderr } = explore(...args)
    expect(stderr).toMatch(said)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })
})

test('--help says what there is', () => {
  const { status, stdout, stderr } = explore('--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^usage: pnpm explore/)
})

test('a schedule that can be followed says where it leads', () => {
  const path = file('good', 'two claim what nobody owns: CAS: something\n    1. a: openNode /dev/nvme0\n')
  const { status, stdout } = explore('--replay', path)
  expect(status).toBe(0)
  expect(stdout).toMatch(/^nothing is violated; the entry is \{"ino":"[0-9]+"/)
})
