import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODES, nodeBinaries, packPublic } from '../lib/npm.ts'

/** What npm users get: the tarballs, in an empty project, on every Node that we support. */
const ROOT = resolve(import.meta.dirname, '../..')
const FIXTURES = join(import.meta.dirname, 'npm')
const work = mkdtempSync(join(tmpdir(), 'nvmf-npm-test-'))
const project = join(work, 'project')
let tarballs: string[] = []
let nodes: string[] = []
afterAll(() => rmSync(work, { recursive: true }))

function run(command: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  // Without NODE_OPTIONS, whose condition would make node look for the sources.
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    env,
    timeout: 60_000,
  })
  if (error !== undefined) throw error
  return { status, stdout, stderr }
}

const IMPORTS: [string, string][] = [
  ['mkdtempSync, rmSync', 'node:fs'],
  ['tmpdir', 'node:os'],
  ['join', 'node:path'],
  ['listControllers', '@nvmf/controllers'],
  ['plan, readHost', '@nvmf/disconnect-policy'],
  ['connect, connectPorts', '@nvmf/fabrics-connect'],
  ['Registry', '@nvmf/registry-core'],
  ['confineBelow', '@nvmf/registry-core/confinement'],
  ['nodeSys', '@nvmf/registry-core/node'],
  ['reap', '@nvmf/registry-core/protocol'],
  ['cleanup', '@nvmf/udev-cleanup'],
  ['startVirtualHost', '@nvmf/virtual-host'],
  ['contractCases', '@nvmf/virtual-host/contract'],
]

beforeAll(() => {
  tarballs = packPublic(ROOT, join(work, 'tarballs'))
  nodes = [...nodeBinaries(NODES), process.execPath]
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const story = readFileSync(join(FIXTURES, 'story.txt'), 'utf8')
  const esm = IMPORTS.map(([names, from]) => `import { ${names} } from '${from}'\n`)
  const cjs = IMPORTS.map(([names, from]) => `const { ${names} } = require('${from}')\n`)
  writeFileSync(join(project, 'story.mjs'), `${esm.join('')}\n${story}`)
  writeFileSync(join(project, 'story.cjs'), `${cjs.join('')}\n${story}`)
  for (const name of ['types.mts', 'types.cts'])
    writeFileSync(join(project, name), readFileSync(join(FIXTURES, 'types.ts.txt'), 'utf8'))
  // Offline: every dependency must be among the tarballs, so there is none that we do not publish ourselves.
  const { status, stderr } = run('npm', [
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...tarballs,
  ])
  if (status !== 0) throw new Error(`npm install: ${stderr}`)
})

test('publint and attw have nothing to say about any tarball', async () => {
  expect(tarballs.map(file => basename(file).replace(/-\d.*/, ''))).toEqual([
    'nvmf',
    'nvmf-controllers',
    'nvmf-disconnect-policy',
    'nvmf-fabrics-connect',
    'nvmf-registry-core',
    'nvmf-udev-cleanup',
    'nvmf-virtual-host',
  ])
  for (const file of tarballs) {
    const data = new Uint8Array(readFileSync(file))
    const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true })
    expect(
      messages.map(message => formatMessage(message, pkg)),
      file,
    ).toEqual([])
    const checked = await checkPackage(createPackageFromTarballData(data))
    // TypeScript's "node10" knows no "exports" at all; no Node that we support resolves that way.
    const problems = checked.types === false ? [] : checked.problems
    expect(
      problems.filter(each => !('resolutionKind' in each) || each.resolutionKind !== 'node10'),
      file,
    ).toEqual([])
  }
})

test('the sizes', () => {
  const rows = tarballs.map(file => {
    const listed = run('tar', ['-tvzf', file]).stdout.trim().split('\n')
    const unpacked = listed.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0)
    return `${basename(file).padEnd(40)} ${String(statSync(file).size).padStart(8)} ${String(unpacked).padStart(8)} ${listed.length} files`
  })
  process.stderr.write(`tarball                                  packed   unpacked\n${rows.join('\n')}\n`)
  for (const file of tarballs) expect(statSync(file).size, file).toBeLessThan(150_000)
})

describe.each(['18', '20', '22', '24'])('Node %s', major => {
  let node = ''
  beforeAll(() => {
    node = nodes.find(file => run(file, ['--version']).stdout.startsWith(`v${major}.`)) ?? ''
  })

  test.each(['story.mjs', 'story.cjs'])('%s: connects, lists, plans and sweeps with every package', name => {
    const { status, stdout, stderr } = run(node, [name])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: 'nvme0 owned 1 true 0 true function\n',
      stderr: '',
    })
  })

  test('the command', () => {
    expect(run(node, ['node_modules/.bin/nvmf', '--version']).stdout).toMatch(/^\d+\.\d+\.\d+/)
    expect(run(node, ['node_modules/.bin/nvmf', 'connect', '--help'])).toMatchObject({ status: 0, stderr: '' })
  })
})

test('npx nvmf --help', () => {
  const { status, stdout } = run('npx', ['--offline', 'nvmf', '--help'])
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('disconnect-all') })
})

test.each([
  ['node16', 'node16'],
  ['bundler', 'esnext'],
])('TypeScript finds the types with moduleResolution %s, from ESM and from CommonJS', (moduleResolution, module) => {
  const flags = [
    '--noEmit',
    '--types',
    'node',
    '--strict',
    '--target',
    'es2022',
    '--skipLibCheck',
    'false',
    '--typeRoots',
    join(ROOT, 'node_modules/@types'),
  ]
  const files = moduleResolution === 'bundler' ? ['types.mts'] : ['types.mts', 'types.cts']
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const done = run(tsc, [...flags, '--moduleResolution', moduleResolution, '--module', module, ...files])
  expect(done).toEqual({ status: 0, stdout: '', stderr: '' })
})
