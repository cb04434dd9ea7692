import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { nvmf } from './run.ts'

/** A root of another author, and a host that links in it try to lead to. */
let root: string
let host: string
beforeEach(() => {
  root = hostByHand({ ...FIVE, 'etc/nvme/': '' })
  host = hostByHand({
    'run/nvme/registry/nvme5/owner': 'nbft\n',
    'run/nvme/registry/nvme5/incarnation': '15870\n',
    'dev/kmsg': '',
  })
})

const at = (path: string): string => join(root, path)
const fifo = (path: string): void => void execFileSync('mkfifo', [at(path)])
const linkOut = (path: string): void => {
  rmSync(at(path), { recursive: true, force: true })
  symlinkSync(join(host, path), at(path))
}

describe('a registry behind a link out of the root', () => {
  test.each([
    [['registry', 'gc']],
    [['registry', 'list']],
    [['registry', 'list', '-o', 'json']],
    [['registry', 'claim', 'nvme2', '--owner', 'me']],
    [['registry', 'delete', 'nvme5']],
    [['registry', 'watch']],
  ])('%j ends with an error, and the host keeps its entries', async args => {
    linkOut('run')
    const { stderr, exit, stdout } = await nvmf(['--root', root, ...args])
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 1 })
    expect(stderr).toContain(`${at('run')} is a link that leads out of ${root}`)
    expect(readdirSync(join(host, 'run/nvme/registry'))).toEqual(['nvme5'])
  })

  test('protects controllers: their owner is not known', async () => {
    linkOut('run')
    const { stdout } = await nvmf(['--root', root, 'disconnect-all', '--dry-run'])
    expect(stdout).not.toMatch(/would disconnect/)
    expect(stdout).toMatch(/nvme2.*owner cannot be read|nvme2.*unknown/)
  })
})

test("a link out of the root does not lead to the host's kernel log", async () => {
  linkOut('dev')
  // The removal of an entry is told to the journal.
  mkdirSync(at('run/nvme/registry/nvme7'), { recursive: true })
  const { exit } = await nvmf(['--root', root, 'registry', 'gc'])
  expect(exit).toBe(0)
  expect(existsSync(at('run/nvme/registry/nvme7'))).toBe(false)
  expect(readFileSync(join(host, 'dev/kmsg'), 'utf8')).toBe('')
})

describe('special files in the place of attributes', () => {
  test.each([['FIFO'], ['link to a device'], ['link that leads nowhere']])('%s', async kind => {
    const path = 'sys/class/nvme/nvme2/address'
    rmSync(at(path))
    if (kind === 'FIFO') fifo(path)
    else symlinkSync(kind === 'link to a device' ? '/dev/zero' : '../none', at(path))
    const { stdout, exit } = await nvmf(['--root', root, 'list-subsys', '-o', 'json'])
    expect(exit).toBe(0)
    expect(stdout).toContain('"nvme2"')
  })
})

describe('special files in the place of the host NQN', () => {
  test.each([
    ['FIFO', 'not a regular file'],
    ['link to a device', 'a link leads out of the root'],
  ])('%s', async (kind, why) => {
    if (kind === 'FIFO') fifo('etc/nvme/hostnqn')
    else symlinkSync('/dev/zero', at('etc/nvme/hostnqn'))
    const shown = await nvmf(['--root', root, 'show-hostnqn'])
    expect(shown).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(`/etc/nvme/hostnqn cannot be read (${why})`),
    })
    const doctor = await nvmf(['--root', root, 'doctor'])
    expect(doctor.exit).toBe(10)
    expect(doctor.stdout).toContain(`/etc/nvme/hostnqn cannot be read (${why})`)
  })
})

test('a controller behind a link out of the root is an error, and not left out', async () => {
  symlinkSync(host, at('sys/class/nvme/nvme7'))
  for (const command of ['list-subsys', 'disconnect-all']) {
    const { stderr, exit } = await nvmf(['--root', root, command])
    expect(exit).toBe(1)
    expect(stderr).toContain(`${at('sys/class/nvme/nvme7')} is a link that leads out of ${root}`)
  }
})

test('relative links within the root are followed, as sysfs has them', async () => {
  mkdirSync(at('sys/devices'), { recursive: true })
  renameSync(at('sys/class/nvme/nvme2'), at('sys/devices/nvme2'))
  symlinkSync('../../devices/nvme2', at('sys/class/nvme/nvme2'))
  const { stdout } = await nvmf(['--root', root, 'list-subsys'])
  expect(stdout).toContain('+- nvme2 tcp traddr=192.0.2.1')
})
