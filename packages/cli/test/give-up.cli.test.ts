import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listControllers } from '@nvmf/controllers'
import { Announcements, Registry } from '@nvmf/registry-core'
import type { VirtualHost } from '@nvmf/virtual-host'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ended, nvmf, start } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const A = 'nqn.2026-01.example:a'
const tcp = (...more: string[]): string[] => ['connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', A, ...more]
const TARGET = `nqn=${A} transport=tcp traddr=127.0.0.1`

async function boot(): Promise<VirtualHost> {
  const host = await virtualHost()
  host.addSubsystem(A)
  return host
}
const journal = (host: VirtualHost): string => readFileSync(join(host.root, 'dev/kmsg'), 'utf8')
const devices = (host: VirtualHost): string[] => listControllers({ root: host.root }).map(({ name }) => name)

/** A connect that has been interrupted, and whose kernel has not answered yet. */
async function interrupted(host: VirtualHost, ...more: string[]) {
  host.faults.holdConnects()
  const child = start(['--root', host.root, ...tcp(...more)])
  const done = ended(child)
  const taken = new Promise(resolve => child.stderr?.once('data', resolve))
  await host.faults.connectHeld()
  child.kill('SIGINT')
  await taken
  return { child, done }
}

/** The state of a process, field 3 of its stat (proc(5)): `T` is stopped. */
const stateOf = (pid: number | undefined): string =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .slice(0, 1)

describe('a connect that is interrupted tells the journal how it ended', () => {
  test('taken down again', async () => {
    const host = await boot()
    const { done } = await interrupted(host, '--owner', 'stas')
    host.faults.releaseConnects()
    expect(await done).toMatchObject({
      exit: 130,
      stderr: expect.stringContaining('the connection was taken down again'),
    })
    expect(devices(host)).toEqual([])
    expect(journal(host)).toBe(`<6>nvmf: took down again nvme0 ${TARGET} owner=stas\n`)
  })

  test('taken down again, though another process is about to connect the same', async () => {
    const host = await boot()
    const what = { owner: 'nbft', transport: 'tcp', traddr: '127.0.0.1', nqn: A }
    const other = await new Announcements({ root: host.root }).connecting(what)
    onTestFinished(() => other.withdraw())
    const { done } = await interrupted(host, '--owner', 'stas')
    host.faults.releaseConnects()
    expect(await done).toMatchObject({
      exit: 130,
      stderr: expect.stringContaining('the connection was taken down again'),
    })
    expect(devices(host)).toEqual([])
    expect(readdirSync(join(host.root, 'run/nvme/registry/.announced'))).toEqual([other.name])
  })

  test('left, because another owner has claimed it', async () => {
    const host = await boot()
    const { child, done } = await interrupted(host, '--owner', 'stas')
    // What the machine may do at any time: the process does not run while the kernel's answer waits for it.
    child.kill('SIGSTOP')
    await expect.poll(() => stateOf(child.pid)).toBe('T')
    host.faults.releaseConnects()
    await expect.poll(() => listControllers({ root: host.root })[0]?.state).toBe('live')
    new Registry({ root: host.root }).claim('nvme0', 'nbft')
    child.kill('SIGCONT')
    expect(await done).toEqual({
      stdout: '',
      stderr:
        'nvmf: connect: interrupted, waiting for the kernel\n' +
        'nvmf: connect: nvme0: interrupted; it stays connected: owned by nbft\n',
      exit: 130,
    })
    expect(devices(host)).toEqual(['nvme0'])
    expect(journal(host)).toBe(`<6>nvmf: gave up and left nvme0 ${TARGET} owner=nbft reason=owned-by\n`)
  })

  test('nothing was connected', async () => {
    const host = await boot()
    host.faults.failNext({ errno: 'ECONNREFUSED' })
    const { done } = await interrupted(host, '--owner', 'stas')
    host.faults.releaseConnects()
    expect(await done).toMatchObject({ exit: 130, stderr: expect.stringContaining('nothing was connected') })
    expect(journal(host)).toBe(`<6>nvmf: gave up ${TARGET} owner=stas\n`)
  })
})

const required = (host: VirtualHost) => nvmf(['--root', host.root, ...tcp('--owner', 'stas', '--require-owner')])

describe('a required owner that cannot be recorded is told to the journal', () => {
  test('with what became of the controller', async () => {
    const host = await boot()
    mkdirSync(join(host.root, 'run/nvme/registry'), { recursive: true })
    writeFileSync(join(host.root, 'run/nvme/registry/nvme0'), 'not a directory\n')
    expect(await required(host)).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('it stays connected: its owner cannot be read'),
    })
    expect(devices(host)).toEqual(['nvme0'])
    expect(journal(host)).toBe(`<6>nvmf: did not record the owner of nvme0 ${TARGET} reason=ownership-unknown\n`)
  })

  test('also if nothing was connected, as the registry cannot be written', async () => {
    const host = await boot()
    mkdirSync(join(host.root, 'run/nvme'), { recursive: true })
    writeFileSync(join(host.root, 'run/nvme/registry'), 'not a directory\n')
    const place = join(host.root, 'run/nvme/registry')
    expect(await required(host)).toEqual({
      stdout: '',
      stderr: `nvmf: connect: its owner cannot be recorded (${place} is not a directory); nothing was connected\n`,
      exit: 1,
    })
    expect(devices(host)).toEqual([])
    expect(journal(host)).toBe(`<6>nvmf: did not record the owner of ${TARGET}\n`)
  })
})
