import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { expect, test } from 'vitest'
import { ended, nvmf, start, transcript } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const A = 'nqn.2026-01.example:a'
const B = 'nqn.2026-01.example:b'
const golden = (name: string): string => `./golden/${name}.txt`
const tcp = (nqn: string, ...more: string[]): string[] => [
  'connect',
  '-t',
  'tcp',
  '-a',
  '127.0.0.1',
  '-n',
  nqn,
  ...more,
]

async function boot(modules = true): Promise<VirtualHost> {
  const host = await virtualHost({ modules })
  host.addSubsystem(A)
  host.addSubsystem(B)
  return host
}
const journal = (host: VirtualHost): string => readFileSync(join(host.root, 'dev/kmsg'), 'utf8')

test('the main story: two orchestrators and a sweep', async () => {
  const host = await boot()
  host.addPcie('0000:01:00.0', { nqn: 'nqn.2014.08.org.nvmexpress:local' })
  const lines = [
    tcp(A, '--owner', 'stas'),
    tcp(B, '-l', '-1', '-o', 'json'),
    ['connect', '-t', 'loop', '-n', B, '--owner', 'nbft', '-c', '5'],
    ['list'],
    ['registry', 'list'],
    tcp(A, '--owner', 'nbft'),
    tcp(A, '-o', 'json'),
    ['registry', 'claim', 'nvme1', '--owner', 'nbft'],
    ['disconnect-all', '--dry-run'],
    ['disconnect-all'],
    ['disconnect-all'],
    ['disconnect-all', '--owner', 'stas', '-o', 'json'],
    ['disconnect', '-n', B],
    ['list'],
    ['registry', 'list', '--all'],
    // No udevd here: what it would have cleared is stale, harmless, and cleared by hand.
    ['registry', 'gc'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('story'))
  await expect(journal(host)).toMatchFileSnapshot(golden('story-journal'))
})

test('a recycled number does not inherit its predecessor', async () => {
  const host = await boot()
  const lines = [
    tcp(A, '--owner', 'stas'),
    ['disconnect', 'nvme0'],
    tcp(B),
    ['list'],
    ['disconnect-all'],
    ['registry', 'list', '--all'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('recycled'))
})

test('what can go wrong in a connect', async () => {
  const host = await boot()
  let text = await transcript(host.root, [tcp('nqn.2026-01.example:absent')])
  for (const errno of [
    'EINVAL',
    'ECONNREFUSED',
    'ETIMEDOUT',
    'ENODEV',
    'EADDRNOTAVAIL',
    'ENOKEY',
    'EOPNOTSUPP',
    'EADDRINUSE',
    'EACCES',
    'ENOMEM',
  ]) {
    host.faults.failNext({ errno })
    text += `# the kernel says ${errno}\n${await transcript(host.root, [tcp(A, '--owner', 'stas')])}`
  }
  host.faults.dieNext('read')
  text += `# the controller dies at once\n${await transcript(host.root, [tcp(A, '--owner', 'stas'), ['registry', 'list', '--all']])}`
  await expect(text).toMatchFileSnapshot(golden('connect-fails'))
  expect(journal(host)).toBe('')
})

test('no module', async () => {
  const host = await boot(false)
  await expect(
    await transcript(host.root, [tcp(A), tcp(A, '-o', 'json'), ['list'], ['disconnect-all', '--force']]),
  ).toMatchFileSnapshot(golden('no-module'))
})

test('a registry that cannot be written', async () => {
  const host = await boot()
  mkdirSync(join(host.root, 'run/nvme'), { recursive: true })
  writeFileSync(join(host.root, 'run/nvme/registry'), 'not a directory\n')
  const lines = [
    tcp(A, '--owner', 'stas'),
    tcp(A, '--owner', 'stas', '-D', '-o', 'json'),
    tcp(B, '--owner', 'stas', '--require-owner'),
    ['list'],
    ['disconnect-all'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('registry-unwritable'))
})

test('Ctrl-C while the kernel connects leaves no controller', async () => {
  const host = await boot()
  host.faults.holdConnects()
  const child = start(['--root', host.root, ...tcp(A, '--owner', 'stas')])
  const done = ended(child)
  await host.faults.connectHeld()
  child.kill('SIGINT')
  // The signal is taken when the command says so; only then may the kernel go on.
  child.stderr?.once('data', () => host.faults.releaseConnects())
  expect(await done).toEqual({
    stdout: '',
    stderr:
      'nvmf: connect: interrupted, waiting for the kernel\nnvmf: connect: nvme0: interrupted; the connection was taken down again\n',
    exit: 130,
  })
  expect((await nvmf(['--root', host.root, 'list', '-o', 'json'])).stdout).toBe('{"version":1,"controllers":[]}\n')
})
