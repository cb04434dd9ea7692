import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const host = (): string => hostByHand({ ...FIVE, 'run/nvme/registry/nvme10/owner': 'discoverd\n' })
const wasDeleted = (root: string, device: string): boolean =>
  readFileSync(join(root, `sys/class/nvme/${device}/delete_controller`), 'utf8').startsWith('1')

describe('disconnect-all of what is owned', () => {
  test('shows somebody at a terminal what would go, and wants yes', async () => {
    const root = host()
    const { stderr, exit } = await runWith(['disconnect-all', '--root', root, '--force', '-t', 'tcp'], {
      answer: 'yes',
    })
    expect(stderr).toBe(
      [
        'Device  Transport  Address              NQN                                   Owner',
        'nvme2   tcp        192.0.2.1:4420       nqn.2026-01.example:boot              -',
        'nvme10  tcp        [fe80::1%eth0]:8009  nqn.2014-08.org.nvmexpress.discovery  discoverd',
        'Disconnect 2 controllers? Type yes to go on: ',
      ].join('\n'),
    )
    expect(exit).toBe(0)
    expect(wasDeleted(root, 'nvme10')).toBe(true)
  })

  test.each([{ answer: 'y' }, { answer: 'YES' }, { answer: '' }, {}])('%j is no', async terminal => {
    const root = host()
    const { stdout, stderr, exit, journal } = await runWith(
      ['disconnect-all', '--root', root, '--owner', 'discoverd'],
      terminal,
    )
    expect(stderr).toMatch(/nvmf: disconnect-all: not confirmed, nothing was changed\n$/)
    expect({ stdout, exit, journal }).toEqual({ stdout: '', exit: 4, journal: [] })
    expect(wasDeleted(root, 'nvme10')).toBe(false)
  })

  test.each([
    ['a script', ['--force'], 'none'],
    ['--yes', ['--force', '--yes'], {}],
    ['what nobody owns', [], {}],
    ['an owner of nothing', ['--owner', 'nobody'], {}],
    ['a dry run', ['--force', '--dry-run'], {}],
  ] as const)('%s is not asked', async (_, options, terminal) => {
    const { exit, stderr } = await runWith(['disconnect-all', '--root', host(), ...options], terminal)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  })
})

test('what changes hands while somebody thinks is not taken', async () => {
  const root = host()
  const meanwhile = (): void => void new Registry({ root }).claim('nvme10', 'nbft', { steal: true })
  const line = ['disconnect-all', '--root', root, '-t', 'tcp', '--owner', 'discoverd']
  const { stdout, exit } = await runWith(line, { answer: 'yes', meanwhile })
  expect(stdout).toContain('nvme10  kept    meanwhile owned by nbft\n')
  expect(exit).toBe(0)
  expect(wasDeleted(root, 'nvme10')).toBe(false)
})

describe('registry delete of what protects a controller', () => {
  test.each([['nvme10'], ['nvme10', '-a', 'owner']])('%s %s %s', async (...args) => {
    const root = host()
    const line = ['registry', 'delete', '--root', root, ...args.filter(arg => arg !== undefined)]
    expect((await runWith(line, { answer: 'no' })).exit).toBe(4)
    expect(readFileSync(join(root, 'run/nvme/registry/nvme10/owner'), 'utf8')).toBe('discoverd\n')
    expect((await runWith(line, { answer: 'yes' })).exit).toBe(0)
  })
})

test('registry delete of what protects a controller from everybody asks too', async () => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme10/owner': '' })
  const line = ['registry', 'delete', 'nvme10', '--root', root]
  const { stderr, exit } = await runWith(line, { answer: 'no' })
  expect(stderr).toBe(
    'the owner of nvme10 cannot be read (its owner is empty); without an owner anybody may disconnect it.\n' +
      'Remove the entry? Type yes to go on: nvmf: registry delete: not confirmed, nothing was changed\n',
  )
  expect(exit).toBe(4)
  expect((await runWith([...line, '--yes'], {})).exit).toBe(0)
})

/** Answers yes to `registry delete` of nvme10; `meanwhile` happens before the answer. */
const ask = async (args: readonly string[], meanwhile: (root: string) => void, root = host()) => {
  const line = ['registry', 'delete', 'nvme10', ...args, '--root', root]
  const said = await runWith(line, { answer: 'yes', meanwhile: () => meanwhile(root) })
  return {
    ...said,
    stderr: said.stderr.replace(/^[^]*to go on: /, ''),
    owner: new Registry({ root }).ownerOf('nvme10'),
  }
}
const steal = (root: string): void => void new Registry({ root }).claim('nvme10', 'nbft', { steal: true })
const release = (root: string): void => void new Registry({ root }).release('nvme10')
/** nvme10 goes, and its owner's next controller gets the number. */
const recycle = (root: string): void => {
  const sysfs = join(root, 'sys/class/nvme/nvme10')
  cpSync(sysfs, `${sysfs}.next`, { recursive: true })
  rmSync(sysfs, { recursive: true })
  renameSync(`${sysfs}.next`, sysfs)
  new Registry({ root }).claim('nvme10', 'discoverd')
}

describe('registry delete of what changed while a person was asked', () => {
  const changed = 'nvmf: registry delete: changed meanwhile, nothing was removed:'

  test.each([[[]], [['-a', 'owner']]])('%j: the owner', async args => {
    expect(await ask(args, steal)).toMatchObject({
      stderr: `${changed} nvme10 is owned by 'nbft'\n`,
      exit: 7,
      journal: [],
      owner: { state: 'owned', owner: 'nbft' },
    })
  })
  test('its owner has released it', async () => {
    expect(await ask([], release)).toMatchObject({
      stderr: `${changed} nvme10 is unowned now: 'discoverd' does not own it\n`,
      exit: 5,
      journal: [],
    })
    expect(await ask(['-a', 'owner'], release)).toMatchObject({
      stderr: 'nvmf: registry delete: nvme10 has no owner\n',
      exit: 5,
    })
  })
  test('the owner could not be read, and now it can', async () => {
    const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme10/owner': '' })
    for (const args of [['-a', 'owner'], []]) {
      expect(await ask(args, steal, root)).toMatchObject({
        stderr: `${changed} nvme10 is owned by 'nbft'\n`,
        owner: { state: 'owned', owner: 'nbft' },
      })
      writeFileSync(join(root, 'run/nvme/registry/nvme10/owner'), '')
    }
  })
  test.each([[[]], [['-a', 'owner']]])('%j: the controller, its owner the same', async args => {
    const root = host()
    new Registry({ root }).update('nvme10', 'note', 'has an incarnation')
    expect(await ask(args, recycle, root)).toMatchObject({
      stderr: expect.stringMatching(
        /^nvmf: registry delete: changed meanwhile, nothing was removed: nvme10.* another controller.*\n$/,
      ),
      exit: 5,
      journal: [],
      owner: { state: 'owned', owner: 'discoverd' },
    })
  })
  test('the entry is gone', async () => {
    expect(await ask([], root => void new Registry({ root }).delete('nvme10'))).toMatchObject({
      stderr: 'nvmf: registry delete: nvme10 is not registered\n',
      exit: 5,
    })
  })
})

/** stas owns nvme2, the only path to what is mounted on /data. */
const inUse = (): string =>
  hostByHand({
    ...FIVE,
    'run/nvme/registry/nvme2/owner': 'stas\n',
    'sys/class/nvme/nvme2/nvme0n1/nsid': '1\n',
    'sys/class/block/nvme0n1/dev': '259:0\n',
    'proc/self/mountinfo': '36 35 259:0 / /data rw - ext4 /dev/nvme0n1 rw\n',
  })
const disconnectNvme2 = (root: string): string[] => ['disconnect', 'nvme2', '--root', root]

describe('disconnect of what is in use', () => {
  test('goes as it was shown', async () => {
    const root = inUse()
    expect(await runWith(disconnectNvme2(root), { answer: 'yes' })).toMatchObject({
      stdout: 'disconnected nvme2\n',
      exit: 0,
    })
  })
  test('is left if it has another owner by then', async () => {
    const root = inUse()
    const meanwhile = (): void => void new Registry({ root }).claim('nvme2', 'nbft', { steal: true })
    expect(await runWith(disconnectNvme2(root), { answer: 'yes', meanwhile })).toMatchObject({
      stdout: 'kept nvme2: meanwhile owned by nbft\n',
      journal: ['kept nvme2 nqn=nqn.2026-01.example:boot owner=nbft reason=owned-by'],
      exit: 4,
    })
    expect(wasDeleted(root, 'nvme2')).toBe(false)
  })
  test('--yes was not shown anything, and takes it', async () => {
    const root = inUse()
    expect(await runWith([...disconnectNvme2(root), '--yes'], {})).toMatchObject({
      stdout: 'disconnected nvme2\n',
      exit: 0,
    })
  })
})
