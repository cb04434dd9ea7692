import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bundledInto, linkedInto } from '../lib/bundled.ts'
import { SBOM, SUMS } from '../lib/manifest.ts'
import { hostArch } from '../lib/stage.ts'

/** What is published beside the packages, as the build left it. */
const ROOT = resolve(import.meta.dirname, '../..')
const OUT = join(ROOT, 'dist/packages')
const read = (file: string): string => readFileSync(join(OUT, file), 'utf8')
const packages = readdirSync(OUT).filter(name => /\.(?:deb|rpm)$/.test(name))

interface Element {
  SPDXID: string
  name: string
  versionInfo: string
  packageFileName?: string
  licenseDeclared: string
  checksums?: { algorithm: string; checksumValue: string }[]
}
const document = JSON.parse(read(SBOM)) as Record<string, unknown> & {
  packages: Element[]
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[]
}

test('SHA256SUMS has every package and the bill of materials, and is right', () => {
  const listed = read(SUMS)
    .trim()
    .split('\n')
    .map(line => line.split('  ') as [string, string])
  expect(listed.map(([, name]) => name).toSorted()).toEqual([...packages, SBOM].toSorted())
  for (const [digest, name] of listed)
    expect(
      createHash('sha256')
        .update(readFileSync(join(OUT, name)))
        .digest('hex'),
      name,
    ).toBe(digest)
})

test('the bill of materials is an SPDX 2.3 document without a loose end', () => {
  expect(document).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    documentNamespace: expect.stringMatching(/^https:\/\/[^#]+$/),
    creationInfo: {
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      creators: expect.arrayContaining([expect.stringMatching(/^Tool: /)]),
    },
  })
  const ids = document.packages.map(({ SPDXID }) => SPDXID)
  expect(new Set(ids).size).toBe(ids.length)
  for (const element of document.packages) {
    expect(element.SPDXID).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/)
    // Every field that SPDX 2.3 asks a package for.
    for (const field of ['name', 'downloadLocation', 'licenseConcluded', 'licenseDeclared', 'copyrightText'])
      expect(element, element.name).toHaveProperty(field, expect.stringMatching(/./))
    expect(element.licenseDeclared).toMatch(/^(?:MIT|BSD-[23]-Clause|ISC|Apache-2\.0|LGPL-2\.1-or-later)(?: AND .+)?$/)
  }
  const known = new Set([...ids, 'SPDXRef-DOCUMENT'])
  for (const { spdxElementId, relatedSpdxElement } of document.relationships)
    expect([known.has(spdxElementId), known.has(relatedSpdxElement)]).toEqual([true, true])
})

test('it describes every package with its checksum, and what is in it', () => {
  for (const file of packages) {
    const element = document.packages.find(({ packageFileName }) => packageFileName === file)
    const digest = createHash('sha256')
      .update(readFileSync(join(OUT, file)))
      .digest('hex')
    expect(element?.checksums, file).toEqual([{ algorithm: 'SHA256', checksumValue: digest }])
    const contained = document.relationships
      .filter(each => each.spdxElementId === element?.SPDXID && each.relationshipType === 'CONTAINS')
      .map(each => document.packages.find(({ SPDXID }) => SPDXID === each.relatedSpdxElement)?.name)
    const wanted = file.startsWith('nvmf-registry') ? ['quickjs', 'glibc'] : ['commander']
    expect(contained, file).toEqual(expect.arrayContaining(wanted))
  }
})

test('the copyright files name what is bundled, and nothing else', () => {
  const named = (file: string): string[] =>
    [...readFileSync(join(ROOT, 'packaging/doc', file), 'utf8').matchAll(/^Files: (?!\*)(.+)$/gm)].map(
      match => match[1] as string,
    )
  const command = readFileSync(join(ROOT, 'dist/stage/nvmf.cjs'), 'utf8')
  expect(named('copyright.cli').toSorted()).toEqual(bundledInto(ROOT, command).map(({ name }) => name))
  expect(named('copyright.registry')).toEqual(linkedInto(hostArch()).map(({ name }) => name))
})

const run = (...command: [string, ...string[]]): unknown => {
  const { status, stderr } = spawnSync(command[0], command.slice(1), {
    cwd: ROOT,
    encoding: 'utf8',
    // Fixed: a commit between two builds is a difference that is meant.
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
  return { status, stderr }
}

test('a release is built by the scripts of the workflow: complete, checked, and the same bytes again', () => {
  const out = mkdtempSync(join(tmpdir(), 'nvmf-release-test-'))
  onTestFinished(() => rmSync(out, { recursive: true }))
  const done = { status: 0, stderr: '' }
  const [first, second] = ['first', 'second'].map(name => {
    const folder = join(out, name)
    expect(run('node', 'scripts/release/build.ts', '--builder', 'own', '--out', folder)).toEqual(done)
    expect(run('scripts/release/verify.sh', folder)).toEqual(done)
    return readFileSync(join(folder, SUMS), 'utf8')
  })
  expect(second).toBe(first)
  expect(first?.match(/\.(?:deb|rpm)$/gm)).toHaveLength(6)
  expect(first?.match(/\.tgz$/gm)).toHaveLength(7)
  writeFileSync(join(out, 'first/stranger'), '')
  expect(run('scripts/release/verify.sh', join(out, 'first'))).toMatchObject({ status: 1 })
})
