import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The packages that are shipped, in the eyes of the distributions' own checkers. */
const ROOT = resolve(import.meta.dirname, '../..')
const PACKAGES = join(ROOT, 'dist/packages')

function built(format: string, count: number): string[] {
  const files = readdirSync(PACKAGES).filter(name => name.endsWith(format))
  if (files.length < count) throw new Error(`${PACKAGES} holds ${files.length} ${format}: run npm run test:host`)
  return files.map(name => join(PACKAGES, name))
}

function lines(command: string, args: readonly string[]): string[] {
  const { stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  if (error !== undefined) throw error
  expect(stderr).toBe('')
  return stdout.split('\n').filter(line => line !== '')
}

describe('lintian', () => {
  test('has no error, no warning and no override without use', () => {
    const said = lines('lintian', ['--allow-root', '--display-info', '--pedantic', ...built('.deb', 2)])
    expect(said.filter(line => /^[EW]: |unused-override|malformed-override/.test(line))).toEqual([])
  })

  test.each(['registry', 'cli'])('every override of nvmf-%s has its reason above it', name => {
    const text = readFileSync(join(ROOT, `packaging/doc/lintian-overrides.${name}`), 'utf8')
    expect(text).toMatch(/^(?:(?:# .{20,}\n)+nvmf-\S+: .+\n)+$/)
  })
})

describe('rpmlint', () => {
  const config = readFileSync(join(ROOT, 'packaging/rpmlint.toml'), 'utf8')

  test('has no error and no warning beyond the filters of rpmlint.toml', () => {
    const said = lines('rpmlint', ['--config', join(ROOT, 'packaging/rpmlint.toml'), ...built('.rpm', 2)])
    expect(said.filter(line => /: [EW]: /.test(line))).toEqual([])
    expect(said.at(-1)).toMatch(/0 errors, 0 warnings/)
  })

  test('every filter has its reason above it, and something to filter', () => {
    const filters = [...config.matchAll(/^ {4}# .{20,}\n(?: {4}# .+\n)* {4}'(.+)',$/gm)].map(
      match => match[1] as string,
    )
    expect(filters).toHaveLength(config.match(/^ {4}'/gm)?.length ?? 0)
    const unfiltered = lines('rpmlint', built('.rpm', 2))
    for (const filter of filters)
      expect(
        unfiltered.filter(line => new RegExp(filter).test(line)),
        filter,
      ).not.toEqual([])
  })
})

test('shellcheck has nothing to say about the maintainer scripts and the pieces of the initramfs', () => {
  const folder = join(ROOT, 'packaging/scripts')
  const scripts = readdirSync(folder).map(name => join(folder, name))
  const pieces = ['initramfs-tools/nvmf-registry', 'dracut/95nvmf-registry/module-setup.sh']
  expect(lines('shellcheck', [...scripts, ...pieces.map(name => join(ROOT, 'initramfs', name))])).toEqual([])
})
