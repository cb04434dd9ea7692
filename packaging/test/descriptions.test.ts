import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it, describe as suite } from 'vitest'
import { describe, packageVersion, parseDescription } from '../lib/description.ts'
import { DESCRIPTIONS } from '../lib/packages.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const VARIABLES = {
  VERSION: '1.2.3-rc.1',
  RELEASE: '4',
  ARCH: 'amd64',
  PACKAGE_VERSION: '1.2.3~rc.1-4',
  MAINTAINER: 'Somebody <somebody@example.org>',
  HOMEPAGE: '',
}
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

suite.each(DESCRIPTIONS)('%s', file => {
  it("is valid by nfpm's own schema", () => {
    const schema = JSON.parse(text('packaging/nfpm-schema.json')) as object
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    validate(parseDescription(text(file)))
    expect(validate.errors).toBeNull()
  })

  it.each(['deb', 'rpm'] as const)('uses only what the own builder implements, for %s', format => {
    const { version, release, contents } = describe(text(file), file, format, VARIABLES)
    expect({ version, release }).toEqual({ version: '1.2.3~rc.1', release: '4' })
    expect(contents.filter(({ packager }) => (packager ?? format) !== format)).toEqual([])
  })

  it.each(['deb', 'rpm'] as const)('has its copyright and no path twice, for %s', format => {
    const { name, contents } = describe(text(file), file, format, VARIABLES)
    const paths = contents.map(({ dst }) => dst)
    expect(paths).toContain(`/usr/share/doc/${name}/copyright`)
    expect(new Set(paths).size).toBe(paths.length)
  })

  it('reads modes as octal', () => {
    const { contents } = describe(text(file), file, 'deb', VARIABLES)
    const modes = new Set(contents.flatMap(content => content.file_info?.mode ?? []))
    expect([...modes].toSorted()).toEqual([0o644, 0o755])
  })
})

suite('nvmf-registry', () => {
  it.each(['deb', 'rpm'] as const)('depends on nothing, least of all on node, for %s', format => {
    const [file] = DESCRIPTIONS as [string]
    expect(describe(text(file), file, format, VARIABLES).depends).toBeUndefined()
  })
})

suite('nvmf-cli', () => {
  it.each([
    ['deb', ['nodejs (>= 18.20)', 'nvmf-registry (= 1.2.3~rc.1-4)']],
    ['rpm', ['nodejs(engine) >= 18.20', '/usr/bin/node', 'nvmf-registry = 1.2.3~rc.1-4']],
  ] as const)('depends on node and on its registry package, for %s', (format, depends) => {
    const [, file] = DESCRIPTIONS as [string, string]
    expect(describe(text(file), file, format, VARIABLES).depends).toEqual(depends)
  })
})

suite('packageVersion', () => {
  it('sorts a prerelease before its release', () => {
    expect(packageVersion('1.0.0')).toBe('1.0.0')
    expect(packageVersion('1.0.0-beta.2')).toBe('1.0.0~beta.2')
  })

  it.each(['1.0', '1.0.0-a-b', '1.0.0+build', ''])('refuses %j', version => {
    expect(() => packageVersion(version)).toThrow(`version "${version}" is no semantic version`)
  })
})
