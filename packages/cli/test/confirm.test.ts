import { readFileSync } from 'node:fs'
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

test('an owner is not deleted in the place of the one that somebody was asked about', async () => {
  const root = host()
  const meanwhile = (): void => void new Registry({ root }).claim('nvme10', 'nbft', { steal: true })
  const line = ['registry', 'delete', 'nvme10', '-a', 'owner', '--root', root]
  const { stderr, exit } = await runWith(line, { answer: 'yes', meanwhile })
  expect(stderr).toMatch(/nvmf: registry delete: nvme10 is owned by 'nbft'\n$/)
  expect(exit).toBe(7)
})
