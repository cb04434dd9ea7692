import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { listControllers } from '@nvmf/controllers'
import { describe, expect, test } from 'vitest'
import { virtualHost } from './virtual-host.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../..')
const NQN = 'nqn.2026-01.example:a'

/** A registry that cannot be written, of one copy of its package, used by another copy's connect; prints what comes of it. */
const PROGRAM = `
import { createRequire } from 'node:module'
const require = createRequire(process.cwd() + '/')
const [root, registryBy, requireOwner] = process.argv.slice(1)
const [registries, connects] = registryBy === 'require'
  ? [require('@nvmf/registry-core'), await import('@nvmf/fabrics-connect')]
  : [await import('@nvmf/registry-core'), require('@nvmf/fabrics-connect')]
const other = registryBy === 'require' ? await import('@nvmf/registry-core') : require('@nvmf/registry-core')
if (other.RegistryError === registries.RegistryError) throw new Error('one copy only')
const registry = Object.assign(new registries.Registry({ root }), {
  publish() { throw new registries.RegistryError('io', 'no space') },
})
const ports = { ...connects.connectPorts({ root }), registry }
const options = { owner: 'stas', requireOwner: requireOwner === 'true' }
try {
  const { ownership } = await connects.connect({ transport: 'loop', nqn: '${NQN}' }, ports, options)
  console.log(ownership.outcome, ownership.error.code)
} catch (error) {
  console.log(error.name, error.code, error.stillConnected)
}`

async function run(registryBy: 'require' | 'import', requireOwner: boolean) {
  const host = await virtualHost()
  host.addSubsystem(NQN)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', PROGRAM, host.root, registryBy, `${requireOwner}`],
    { cwd: REPOSITORY, env: { ...process.env, NODE_OPTIONS: '' } },
  )
  return { stdout, left: listControllers({ root: host.root }).map(({ name }) => name) }
}

describe.each(['require', 'import'] as const)('a registry got by %s, and a connect got by the other', registryBy => {
  test('its error is an ownership that was not recorded', async () => {
    expect(await run(registryBy, false)).toEqual({ stdout: 'failed io\n', left: ['nvme0'] })
  })
  test('its error takes the connection down where the owner is required', async () => {
    expect(await run(registryBy, true)).toEqual({ stdout: 'FabricsError not-recorded false\n', left: [] })
  })
})
