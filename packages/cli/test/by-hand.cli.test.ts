import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandTree } from '../build/documents.ts'
import { allOf } from '../src/completion/tree.ts'
import { controllerFiles, FIVE, hostByHand } from './host-by-hand.ts'
import { ended, nvmf, start, transcript, transcriptOfReaders } from './run.ts'

const golden = (name: string): string => `./golden/${name}.txt`
const registry = (...args: string[]): string[] => ['registry', ...args]
const connect = (...args: string[]): string[] => ['connect', ...args]

test('list', async () => {
  const root = hostByHand({
    ...FIVE,
    'run/nvme/registry/nvme10/owner': 'discoverd\n',
    'run/nvme/registry/nvme12/owner': 'a\u0000b\n',
  })
  const lines = [['list'], ['list', '-o', 'json'], ['-o', 'json', 'list', '-o', 'normal']]
  await expect(await transcript(root, lines)).toMatchFileSnapshot(golden('list'))
})

test('hosts without controllers', async () => {
  const empty = hostByHand({ 'sys/class/': '' })
  const lines = [['list'], ['list', '-o', 'json'], ['disconnect-all'], ['disconnect', 'nvme0'], ['registry', 'list']]
  const connecting = [['connect', '-t', 'tcp', '-a', '192.0.2.1', '-n', 'nqn.x']]
  const without = hostByHand({})
  await expect(
    `${await transcript(empty, [...lines, ...connecting])}# without /sys\n\n${await transcript(without, lines)}`,
  ).toMatchFileSnapshot(golden('no-controllers'))
})

test('registry', async () => {
  const root = hostByHand(FIVE)
  const lines = [
    registry('list'),
    registry('claim', 'nvme2', '--owner', 'stas'),
    registry('claim', '/dev/nvme2', '--owner', 'stas'),
    registry('claim', 'nvme2', '--owner', 'nbft'),
    registry('update', 'nvme2', '-a', 'owner', '-V', 'nbft'),
    registry('update', 'nvme2', '-a', 'owner', '-V', 'nbft', '--steal'),
    registry('update', 'nvme2', '--attr', 'note', '--value', '-v: the boot disk'),
    registry('update', 'nvme10', '-a', 'note', '-V', 'nobody owns it'),
    registry('retrieve', 'nvme2', '-a', 'note'),
    registry('retrieve', 'nvme2', '-a', 'owner', '-o', 'json'),
    registry('retrieve', 'nvme2', '-a', 'absent'),
    registry('retrieve', 'nvme2', '-a', '../../../../etc/passwd'),
    registry('list'),
    registry('list', '-v', '--owner', 'nbft'),
    registry('list', '-o', 'json'),
    registry('list', '-v', '--owner', 'nbft', '-o', 'json'),
    registry('delete', 'nvme2', '-a', 'note'),
    registry('delete', 'nvme2', '-a', 'note'),
    registry('release', 'nvme2', '--owner', 'stas'),
    registry('release', 'nvme2'),
    registry('release', 'nvme2'),
    registry('delete', 'nvme2'),
    registry('delete', 'nvme2'),
    registry('claim', 'nvme99', '--owner', 'stas'),
    registry('update', 'nvme99', '-a', 'note', '-V', 'x'),
    registry('gc'),
  ]
  await expect(await transcript(root, lines)).toMatchFileSnapshot(golden('registry'))
  await expect(readFileSync(join(root, 'dev/kmsg'), 'utf8')).toMatchFileSnapshot(golden('registry-journal'))
})

test('stale and damaged entries', async () => {
  const root = hostByHand({
    ...FIVE,
    ...controllerFiles('nvme4', { transport: 'tcp', delete_controller: '' }),
    'run/nvme/registry/nvme2/owner': 'stas\n',
    'run/nvme/registry/nvme7/owner': 'stas\n',
    'run/nvme/registry/nvme10/incarnation': '1\n',
    'run/nvme/registry/nvme10/owner': 'stas\n',
    'run/nvme/registry/nvme11': 'a file\n',
    'run/nvme/registry/nvme12/owner/': '',
    'run/nvme/registry/.nvme3.tmp.x/owner': 'stas\n',
  })
  const lines = [
    ['list'],
    ['registry', 'list'],
    ['registry', 'list', '--all'],
    ['registry', 'list', '--all', '-o', 'json'],
    ['disconnect-all', '--dry-run'],
    ['registry', 'gc'],
    ['registry', 'list', '--all'],
  ]
  await expect(await transcript(root, lines)).toMatchFileSnapshot(golden('stale-and-damaged'))
})

test('a registry that is a file, and one that is full of strangers', async () => {
  const lines = [
    ['registry', 'list'],
    ['registry', 'list', '--all', '-o', 'json'],
    ['registry', 'retrieve', 'nvme2', '-a', 'owner'],
    ['registry', 'update', 'nvme2', '-a', 'note', '-V', 'x'],
    ['registry', 'claim', 'nvme2', '--owner', 'stas'],
    ['registry', 'claim', 'nvme2', '--owner', 'stas', '-o', 'json'],
    ['registry', 'release', 'nvme2'],
    ['registry', 'delete', 'nvme2'],
    ['registry', 'gc'],
    ['registry', 'gc', '-o', 'json'],
    ['list'],
  ]
  const file = hostByHand({ ...FIVE, 'run/nvme/registry': 'a file\n' })
  const strangers = hostByHand({
    ...FIVE,
    'run/nvme/registry/nvme2/owner': 'a\nb\n',
    'run/nvme/registry/nvme2/incarnation': 'x'.repeat(5000),
    'run/nvme/registry/nvme02/owner': 'stas\n',
    'run/nvme/registry/README': 'hello\n',
    'run/nvme/registry/.nvme10.tmp.x/owner': 'stas\n',
  })
  await expect(
    `${await transcript(file, lines)}# full of strangers\n\n${await transcript(strangers, lines)}`,
  ).toMatchFileSnapshot(golden('registry-wrong'))
})

test('disconnecting', async () => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme10/owner': 'discoverd\n' })
  const lines = [
    ['disconnect-all', '--dry-run'],
    ['disconnect-all', '--dry-run', '--force', '-t', 'tcp', '-o', 'json'],
    ['disconnect-all', '--dry-run', '--owner', 'discoverd'],
    ['disconnect-all', '--dry-run', '--owner', 'nobody'],
    ['disconnect', 'nvme0'],
    ['disconnect', 'nvme2', 'nvme0'],
    ['disconnect', '-n', 'nqn.2026-01.example:boot', '-o', 'json'],
    ['disconnect', '-d', 'nvme10,/dev/nvme12', '-d', 'nvme99'],
    ['disconnect', '--device', 'nvme99'],
  ]
  await expect(await transcript(root, lines)).toMatchFileSnapshot(golden('disconnect'))
  for (const [name, text] of Object.entries({ nvme2: '1', nvme10: '1', nvme11: '\n', nvme12: '\n' })) {
    expect(readFileSync(join(root, `sys/class/nvme/${name}/delete_controller`), 'utf8').slice(0, 1)).toBe(text)
  }
  await expect(readFileSync(join(root, 'dev/kmsg'), 'utf8')).toMatchFileSnapshot(golden('disconnect-journal'))
})

test('disconnecting that fails', async () => {
  const root = hostByHand(FIVE)
  rmSync(join(root, 'sys/class/nvme/nvme2/delete_controller'))
  const lines = [
    ['disconnect', 'nvme2'],
    ['disconnect-all', '-t', 'tcp'],
  ]
  await expect(await transcript(root, lines)).toMatchFileSnapshot(golden('disconnect-fails'))
})

test('command lines that are wrong touch nothing', async () => {
  const root = hostByHand(FIVE)
  const good = ['-t', 'tcp', '-a', '192.0.2.1', '-n', 'nqn.x']
  const lines = [
    [],
    ['nonsense'],
    ['list', '--nonsense'],
    ['list', 'extra'],
    ['list', '-o', 'xml'],
    ['registry'],
    ['registry', 'nonsense', '-o', 'json'],
    ['list', '--root', join(root, 'absent')],
    ['list', '--root', join(root, 'dev/kmsg')],
    connect(),
    connect('-t', 'tcp'),
    connect('-t', 'tcp', '-n', 'nqn.x'),
    connect('-t', 'tcp', '-n', 'nqn.x', '-o', 'json'),
    connect('-t', 'pcie', '-n', 'nqn.x', '-a', '0000:01:00.0'),
    connect('-t', 'tcp', '-a', '192.0.2.1,tls', '-n', 'nqn.x'),
    connect(...good, '-s', '4420\nduplicate_connect'),
    connect(...good, '-l'),
    connect(...good, '-l', 'long'),
    connect(...good, '-Q', '4'),
    connect(...good, '--owner', '', '--steal'),
    connect(...good, '-4', '--6'),
    connect(...good, '--ipv6'),
    connect('-t', 'tcp', '-a', '[::1]', '-n', 'nqn.x'),
    connect('-t', 'fc', '-a', 'nn-0x1:pn-0x2', '-w', 'nn-0x1:pn-0x2', '-n', 'nqn.x'),
    connect(...good, '-S', '@/no/such/file'),
    connect(...good, '-S', '-', '-C', '-'),
    connect(...good, '-S', '@/dev/null'),
    connect(...good, '-S', ''),
    connect(...good, '--tls-key', ''),
    connect(...good, '--owner', 'a\nb'),
    connect(...good, '--require-owner'),
    connect(...good, '--dhchap-secret', 'geheim'),
    connect(...good, '--tls-key', 'NVMeTLSkey-1:geheim'),
    ['disconnect'],
    ['disconnect', 'nvme3n1'],
    ['disconnect', 'nvme007'],
    ['disconnect', '../x'],
    ['disconnect', 'nvme2', '-n', 'nqn.x'],
    ['disconnect', '-n', 'a,,b'],
    ['disconnect-all', '--force', '--owner', 'stas'],
    ['disconnect-all', '-t', 'pcie'],
    ['disconnect-all', '--owner', ''],
    ['registry', 'release', 'nvme2', '--owner', ''],
    ['registry', 'list', '--owner', 'a\nb'],
    ['registry', 'watch', '--owner', ''],
    ['registry', 'retrieve', 'nvme2'],
    ['registry', 'retrieve', '-a', 'note'],
    ['registry', 'update', 'nvme2', '-a', 'note'],
    ['registry', 'update', 'nvme2', '-a', 'seqnum', '-V', '1'],
    ['registry', 'update', 'nvme2', '-a', 'incarnation', '-V', '1'],
    ['registry', 'update', 'nvme2', '-a', 'no/te', '-V', '1'],
    ['registry', 'update', 'nvme2', '-a', 'note', '-V', 'a\nb'],
    ['registry', 'update', 'nvme2', '-a', 'note', '-V', 'x', '--steal'],
    ['registry', 'update', 'nvme02', '-a', 'note', '-V', 'x'],
    ['registry', 'claim', 'nvme2'],
    ['registry', 'claim', 'nvme2', '--owner', ''],
  ]
  const text = await transcriptOfReaders(root, lines)
  await expect(text).toMatchFileSnapshot(golden('usage'))
  expect(text.match(/^!.*geheim.*$/gm)).toBeNull()
  expect(text.match(/^\[.*\]$/gm)).toEqual(lines.map(() => '[2]'))
  expect(readFileSync(join(root, 'dev/kmsg'), 'utf8')).toBe('')
})

test('help of every command, asked for in any way', async () => {
  const commands = allOf(await commandTree()).map(({ path }) => path.split(' ').slice(1))
  const asked = await Promise.all(commands.map(words => nvmf([...words, '--help'])))
  const text = commands.map((words, i) => `$ nvmf ${[...words, '--help'].join(' ')}\n${asked[i]?.stdout}\n`).join('')
  await expect(text).toMatchFileSnapshot(golden('help'))
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(await Promise.all(commands.map(words => nvmf(['help', ...words])))).toEqual(asked)
  for (const words of [[], ['registry']]) {
    const help = await nvmf([...words, '--help'])
    for (const last of ['help', '-h', '--help']) expect(await nvmf(['help', ...words, last])).toEqual(help)
  }
  expect((await nvmf(['--version'])).stdout).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+\n$/)
})

test('a reader that goes away ends it quietly', async () => {
  const root = hostByHand(FIVE)
  const child = start(['--root', root, 'list'])
  child.stdout?.destroy()
  expect(await ended(child)).toMatchObject({ stderr: '', exit: 141 })
})
