import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { expect, test } from 'vitest'
import { nvmf } from './run.ts'
import { INSTALLED, virtualHost } from './virtual-host.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../..')
const README = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')

/** The host that README's examples speak of: a local disk, and a target machine for each of three subsystems. */
async function boot(): Promise<VirtualHost> {
  const host = await virtualHost(INSTALLED)
  host.addPcie('0000:01:00.0', { nqn: 'nqn.2014-08.org.nvmexpress:local-disk' })
  for (const [i, name] of ['boot', 'data', 'scratch'].entries()) {
    const listeners = [{ transport: 'tcp' as const, traddr: `192.0.2.${10 + i}`, trsvcid: '4420' }]
    host.addSubsystem(`nqn.2026-11.io.example:${name}`, { listeners })
  }
  return host
}

async function run(host: VirtualHost, command: string): Promise<string> {
  await host.udev.settle()
  if (command.startsWith('journalctl'))
    return host
      .journal()
      .map(({ text }) => `${text}\n`)
      .join('')
  const { stdout, stderr } = await nvmf(['--root', host.root, ...command.split(' ').slice(1)])
  return stdout + stderr
}

// One story: each example goes on where the one before ended.
test('the examples in README.md print what they say', async () => {
  const host = await boot()
  const examples = [...README.matchAll(/```console\n([\s\S]*?)```/g)].map(match => match[1] as string)
  expect(examples).toHaveLength(5)
  for (const example of examples) {
    const commands = example.split('\n').filter(line => line.startsWith('# '))
    let printed = ''
    for (const line of commands) printed += `${line}\n${await run(host, line.slice(2))}`
    expect(printed).toBe(example)
  }
})
