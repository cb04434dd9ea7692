import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { expect, test } from 'vitest'
import { nvmf } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const DOCS = resolve(import.meta.dirname, '../../../docs')

/** A local disk, a controller of nbft, one of stas and one of nobody, and what a controller without a udevd left. */
async function boot(): Promise<VirtualHost> {
  const host = await virtualHost()
  host.addPcie('0000:01:00.0', { nqn: 'nqn.2014-08.org.nvmexpress:local-disk' })
  for (const [name, ...owner] of [['boot', '--owner', 'nbft'], ['data', '--owner', 'stas'], ['scratch']]) {
    const nqn = `nqn.2026-11.io.example:${name}`
    host.addSubsystem(nqn)
    await nvmf(['--root', host.root, 'connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', nqn, ...owner])
  }
  const stale = join(host.root, 'run/nvme/registry/nvme7')
  mkdirSync(stale)
  for (const [file, text] of Object.entries({ owner: 'stas', seqnum: '900', incarnation: '15870' }))
    writeFileSync(join(stale, file), `${text}\n`)
  return host
}

// One story a document: each example goes on where the one before ended.
test.each(['operations.md', 'coexistence.md'])('the examples in docs/%s print what they say', async name => {
  const host = await boot()
  const examples = [...readFileSync(join(DOCS, name), 'utf8').matchAll(/```console\n([\s\S]*?)```/g)]
  expect(examples.length).toBeGreaterThan(0)
  for (const [, example = ''] of examples) {
    let printed = ''
    for (const line of example.split('\n').filter(each => each.startsWith('# nvmf '))) {
      const { stdout, stderr } = await nvmf(['--root', host.root, ...line.split(' ').slice(2)])
      printed += `${line}\n${stdout}${stderr}`
    }
    expect(printed).toBe(example)
  }
})
