import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { describe, expect, test } from 'vitest'
import { documents } from '../build/documents.ts'
import { nvmf } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const HERE = resolve(import.meta.dirname, '..')
const PROSE = readdirSync(join(HERE, 'man'))

const dated = (text: string): string => text.replace(/ \d{4}-\d\d-\d\d "nvmf [^"]*"/, '')

test('the manual and the completions that were built are those of the command tree', async () => {
  const made = await documents({ version: '0.0.0', date: '2026-11-22' })
  for (const [path, text] of made) expect(dated(readFileSync(join(HERE, 'dist', path), 'utf8')), path).toBe(dated(text))
  const files = ['man', 'completions'].flatMap(folder =>
    readdirSync(join(HERE, 'dist', folder)).map(name => `${folder}/${name}`),
  )
  expect(files.toSorted()).toEqual([...made.keys()].toSorted())
  for (const [shell, name] of [
    ['bash', 'nvmf'],
    ['zsh', '_nvmf'],
    ['fish', 'nvmf.fish'],
  ] as const) {
    expect((await nvmf(['completion', shell])).stdout).toBe(made.get(`completions/${name}`))
  }
})

test('the packages have all of it', async () => {
  const made = await documents({ version: '0.0.0', date: '2026-11-22' })
  const description = readFileSync(resolve(HERE, '../../packaging/nfpm.cli.yaml'), 'utf8')
  const packed = [...description.matchAll(/src: (?:dist\/stage\/(\S+)\.gz|packages\/cli\/dist\/(completions\/\S+))$/gm)]
  const files = packed.map(([, page, script]) => script ?? `man/${page}`)
  expect([...new Set(files)].toSorted()).toEqual([...made.keys()].toSorted())
})

/** Words as a shell would split them: the examples quote with " only. */
const words = (line: string): string[] => (line.match(/"[^"]*"|\S+/g) ?? []).map(word => word.replaceAll('"', ''))

async function boot(prose: string): Promise<VirtualHost> {
  const host = await virtualHost()
  for (const [, nqn = ''] of prose.matchAll(/<!-- target (\S+) -->/g)) {
    host.addSubsystem(nqn, { listeners: [{ transport: 'tcp', traddr: '192.0.2.10', trsvcid: '4420' }] })
  }
  return host
}

describe('the examples of the manual print what they say', () => {
  const told = PROSE.filter(file => /^# nvmf /m.test(readFileSync(join(HERE, 'man', file), 'utf8')))
  test('and there are some', () => expect(told.length).toBeGreaterThan(8))
  test.each(told)('%s', async file => {
    const prose = readFileSync(join(HERE, 'man', file), 'utf8')
    const host = await boot(prose)
    for (const [, example = ''] of prose.matchAll(/^```\n(# nvmf [\s\S]*?)^```$/gm)) {
      let printed = ''
      for (const line of example.split('\n').filter(text => text.startsWith('# '))) {
        const { stdout, stderr } = await nvmf(['--root', host.root, ...words(line).slice(2)])
        printed += `${line}\n${stdout}${stderr}`
      }
      expect(printed).toBe(example)
    }
  })
})
