import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { expect, test } from 'vitest'
import { ended, nvmf, start, transcript } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const A = 'nqn.2026-01.example:a'
const SECRET = 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:'
const golden = (name: string): string => `./golden/${name}.txt`
const tcp = (...more: string[]): string[] => ['connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', A, ...more]

async function boot(): Promise<VirtualHost> {
  const host = await virtualHost()
  host.addSubsystem(A)
  return host
}
const put = (host: VirtualHost, path: string, text: string, mode = 0o600): string => {
  const whole = join(host.root, path)
  mkdirSync(join(whole, '..'), { recursive: true })
  writeFileSync(whole, text, { mode })
  return whole
}

test('what is connected already: whose it is, and whose it becomes', async () => {
  const host = await boot()
  const lines = [
    tcp(),
    tcp(),
    tcp('--idempotent'),
    tcp('--owner', 'stas', '--idempotent'),
    tcp('--owner', 'stas', '--idempotent', '-o', 'json'),
    tcp('--idempotent'),
    tcp('--owner', 'nbft'),
    tcp('--owner', 'nbft', '--idempotent'),
    tcp('--owner', 'nbft', '--idempotent', '-o', 'json'),
    ['registry', 'list'],
    tcp('--owner', 'nbft', '--steal', '--idempotent', '-o', 'json'),
    tcp('--owner', 'stas', '--steal'),
    tcp('--owner', '', '--idempotent', '-o', 'json'),
    tcp('--owner', ''),
    tcp('--owner', 'stas'),
    tcp('--owner', 'other', '-D'),
    ['connect', '-t', 'loop', '-n', A],
    ['connect', '-t', 'loop', '-n', A, '--idempotent'],
    ['list'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('connect-already'))
  const journal = readFileSync(join(host.root, 'dev/kmsg'), 'utf8')
  await expect(journal).toMatchFileSnapshot(golden('connect-already-journal'))
})

test('a steal over a damaged owner: whose it was cannot be read, as registry claim says it', async () => {
  const host = await boot()
  await nvmf(['--root', host.root, ...tcp('--owner', 'stas')])
  const damage = (): void => writeFileSync(join(host.root, 'run/nvme/registry/nvme0/owner'), '')
  const stealing = async (...args: string[]): Promise<string> => {
    damage()
    return transcript(host.root, [args])
  }
  const said =
    (await stealing('registry', 'claim', 'nvme0', '--owner', 'nbft', '--steal')) +
    (await stealing('registry', 'claim', 'nvme0', '--owner', 'nbft', '--steal', '-o', 'json')) +
    (await stealing(...tcp('--owner', 'nbft', '--steal', '--dry-run'))) +
    (await stealing(...tcp('--owner', 'nbft', '--steal'))) +
    (await stealing(...tcp('--owner', 'nbft', '--steal', '--idempotent'))) +
    (await stealing(...tcp('--owner', 'nbft', '--steal', '--idempotent', '-o', 'json')))
  await expect(said).toMatchFileSnapshot(golden('connect-damaged-owner'))
  const journal = readFileSync(join(host.root, 'dev/kmsg'), 'utf8')
  expect(journal.split('\n').filter(line => line.includes('claimed'))).toEqual(
    Array.from({ length: 5 }, () => '<6>nvmf: claimed nvme0 owner=nbft'),
  )
})

test('a host name without an address', async () => {
  const host = await boot()
  // No resolver asks the network for a label this long.
  const name = `${'a'.repeat(64)}.example`
  expect(await nvmf(['--root', host.root, 'connect', '-t', 'tcp', '-a', name, '-n', A, '-v'])).toEqual({
    stdout: '',
    stderr: `nvmf: connect: ${name} has no address\ncause: getaddrinfo ENOTFOUND ${name}\n`,
    exit: 1,
  })
})

test('-v: what the kernel is told, before it answers', async () => {
  const host = await boot()
  const file = put(host, 'secret', `${SECRET}\n`)
  const lines = [
    tcp('-S', `@${file}`, '--owner', 'stas', '--hdr-digest', '-v'),
    tcp('-v', '--idempotent'),
    ['connect', '-t', 'loop', '-n', A, '-v'],
    ['connect', '-t', 'loop', '-n', A, '-v', '-D', '--quiet'],
    ['connect', '-t', 'loop', '-n', 'nqn.2026-01.example:none', '-v'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('connect-verbose'))
})

test('a registry that cannot be written, and a connection that exists', async () => {
  const host = await boot()
  put(host, 'run/nvme/registry', 'not a directory\n')
  const lines = [
    tcp(),
    tcp('--owner', 'stas', '--idempotent'),
    tcp('--owner', 'stas', '--idempotent', '--require-owner'),
    ['list'],
  ]
  await expect(await transcript(host.root, lines)).toMatchFileSnapshot(golden('connect-already-unwritable'))
})

test('the host identity: none, two that disagree, one that cannot be right', async () => {
  const host = await boot()
  const lines = [['show-hostnqn'], ['show-hostnqn', '-o', 'json'], tcp(), ['disconnect', 'nvme0']]
  let text = await transcript(host.root, lines)
  put(host, 'etc/nvme/hostnqn', 'nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555\n')
  text += await transcript(host.root, [
    ['show-hostnqn', '-v'],
    ['show-hostnqn', '-o', 'json'],
  ])
  put(host, 'etc/nvme/hostid', '99999999-2222-3333-4444-555555555555\n')
  text += await transcript(host.root, [['show-hostnqn'], tcp(), ['disconnect', 'nvme0']])
  put(host, 'etc/nvme/hostid', 'stas\n')
  text += await transcript(host.root, [['show-hostnqn'], tcp('-o', 'json')])
  await expect(text).toMatchFileSnapshot(golden('host-identity'))
  const [one, other] = await Promise.all([nvmf(['gen-hostnqn']), nvmf(['gen-hostnqn', '-o', 'json'])])
  expect(one.stdout).toMatch(/^nqn\.2014-08\.org\.nvmexpress:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/)
  const verbose = await nvmf(['--root', host.root, 'gen-hostnqn', '-v'])
  expect(verbose.stderr).toMatch(/^nvmf: gen-hostnqn: of (the machine's own|a random) UUID\n$/)
  expect(JSON.parse(other.stdout)).toMatchObject({ from: expect.stringMatching(/^(machine|random)$/) })
})

test('a secret comes from a file or standard input, and is nowhere else', async () => {
  const host = await boot()
  const sysfs = join(host.root, 'sys/class/nvme/nvme0/dhchap_secret')
  const file = put(host, 'secret', `${SECRET}\n`)
  const open = put(host, 'open', `${SECRET}\n`, 0o644)
  const two = put(host, 'two', `${SECRET}\n${SECRET}\n`)
  let text = ''
  for (const from of [file, open]) {
    text += await transcript(host.root, [tcp('-S', `@${from}`, '-o', 'json')])
    expect(readFileSync(sysfs, 'utf8')).toBe(`${SECRET}\n`)
    text += await transcript(host.root, [['disconnect', 'nvme0']])
  }
  text += await transcript(host.root, [tcp('-S', `@${two}`), tcp('-S', '@/no/such/file')])
  await expect(text).toMatchFileSnapshot(golden('connect-secrets'))
  expect(text).not.toContain('DHHC-1')
  const cut = await nvmf(['--root', host.root, ...tcp('-S', `${SECRET}x`)])
  expect(cut).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining('not a DHHC-1 secret') })
  expect(cut.stderr).not.toContain(SECRET.slice(10, 30))

  const child = start(['--root', host.root, ...tcp('-S', '-')], 'pipe')
  child.stdin?.end(`${SECRET}\n`)
  expect(await ended(child)).toEqual({ stdout: 'connected nvme0\n', stderr: '', exit: 0 })
  expect(readFileSync(sysfs, 'utf8')).toBe(`${SECRET}\n`)
  expect(readFileSync(join(host.root, 'dev/kmsg'), 'utf8')).not.toContain('DHHC')
})

test('a secret on the command line is not in the process list while the kernel connects', async () => {
  const host = await boot()
  host.faults.holdConnects()
  const child = start(['--root', host.root, ...tcp('-S', SECRET)])
  const done = ended(child)
  await host.faults.connectHeld()
  const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  host.faults.releaseConnects()
  expect(shown).toMatch(/^nvmf connect\0*$/)
  expect(await done).toMatchObject({ exit: 0, stderr: expect.stringContaining('@FILE or - keeps it to yourself') })
})

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGQUIT', 131],
  ['SIGTERM', 143],
] as const)('%s while the kernel connects, and the target refuses: nothing was connected', async (signal, exit) => {
  const host = await boot()
  host.faults.holdConnects()
  host.faults.failNext({ errno: 'ECONNREFUSED' })
  const child = start(['--root', host.root, ...tcp('--owner', 'stas')])
  const done = ended(child)
  await host.faults.connectHeld()
  child.kill(signal)
  // The signal is taken when the command says so; only then may the kernel go on.
  child.stderr?.once('data', () => host.faults.releaseConnects())
  expect(await done).toEqual({
    stdout: '',
    stderr: 'nvmf: connect: interrupted, waiting for the kernel\nnvmf: connect: interrupted; nothing was connected\n',
    exit,
  })
})
