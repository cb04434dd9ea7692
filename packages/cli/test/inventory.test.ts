import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseCaptured, plantCaptured } from '../../controllers/test/captured.ts'
import { runWith } from './in-process.ts'
import { strict } from './schemas.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../..')
const FIXTURES = join(REPOSITORY, 'packages/controllers/test/fixtures')
const SCHEMAS = join(REPOSITORY, 'docs/schemas')
const trees = readdirSync(FIXTURES)
  .filter(name => name.endsWith('.txt'))
  .map(name => name.slice(0, -'.txt'.length))

/** A captured tree as a host on which stas owns nvme0, and nvme1's owner cannot be read. */
function hostFrom(tree: string): string {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-captured-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  plantCaptured(parseCaptured(readFileSync(join(FIXTURES, `${tree}.txt`), 'utf8')), root)
  for (const [device, owner] of Object.entries({ nvme0: 'stas\n', nvme1: '\u0000' })) {
    mkdirSync(join(root, 'run/nvme/registry', device), { recursive: true })
    writeFileSync(join(root, 'run/nvme/registry', device, 'owner'), owner)
  }
  return root
}

type Schema = { properties?: Record<string, unknown>; $defs?: Record<string, unknown> }
const schema = (name: string): Schema => JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8'))

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
const valid = {
  list: ajv.compile(strict(schema('list')) as Schema),
  'list-subsys': ajv.compile(strict(schema('list-subsys')) as Schema),
}

describe.each(trees)('%s', tree => {
  test('is listed as expected', async () => {
    const root = hostFrom(tree)
    let text = ''
    for (const line of [['list'], ['list-subsys'], ['list-subsys', '-v']]) {
      const { stdout, stderr, exit } = await runWith([...line, '--root', root])
      text += `$ nvmf ${line.join(' ')}\n${stdout}${stderr.replace(/^(?=.)/gm, '! ')}[${exit}]\n\n`
    }
    await expect(text).toMatchFileSnapshot(`./golden/inventory/${tree}.txt`)
  })

  test.each(['list', 'list-subsys'] as const)('%s -o json keeps to its schema', async command => {
    const { stdout, stderr, exit } = await runWith([command, '-o', 'json', '--root', hostFrom(tree)])
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 })
    const check = valid[command]
    check(JSON.parse(stdout))
    expect(check.errors ?? []).toEqual([])
  })
})

test('the schemas describe a controller in the same words', () => {
  expect(schema('list-subsys').$defs?.['controller']).toEqual(schema('list').$defs?.['controller'])
})

test('a field that is not described is noticed', () => {
  expect(valid.list({ version: 1, controllers: [], more: 1 })).toBe(false)
  expect(valid.list({ version: 2, controllers: [] })).toBe(false)
  expect(valid['list-subsys']({ version: 1, subsystems: [{}], controllersWithoutSubsystem: [] })).toBe(false)
})
