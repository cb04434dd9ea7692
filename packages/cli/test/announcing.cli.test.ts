import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { listControllers } from '@nvmf/controllers'
import { readHost } from '@nvmf/disconnect-policy'
import { Announcements, Registry } from '@nvmf/registry-core'
import type { VirtualHost } from '@nvmf/virtual-host'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BUILT, ended, nvmf, start } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const NQN = 'nqn.2026-01.example:a'
const connect = (root: string, ...more: string[]): string[] => [
  '--root',
  root,
  'connect',
  '-t',
  'loop',
  '-n',
  NQN,
  ...more,
]
const PRELOAD = join(import.meta.dirname, 'die-at.cjs')

async function boot(): Promise<VirtualHost> {
  const host = await virtualHost()
  host.addSubsystem(NQN)
  return host
}
const announcedAt = (root: string): string[] => {
  const place = join(root, 'run/nvme/registry/.announced')
  return existsSync(place) ? readdirSync(place) : []
}

describe('a connect for an owner, under way', () => {
  test('is left by disconnect-all, and taken by who names it', async () => {
    const host = await boot()
    host.faults.holdConnects()
    const child = start(connect(host.root, '--owner', 'nbft'))
    const connected = ended(child)
    await host.faults.connectHeld()

    const { stdout, exit } = await nvmf(['--root', host.root, 'disconnect-all'])
    expect(stdout).toBe('Device  Result  Why\nnvme0   kept    being connected for nbft\nnothing to disconnect\n')
    expect(exit).toBe(0)
    const json = await nvmf(['--root', host.root, 'disconnect-all', '--dry-run', '-o', 'json'])
    expect(JSON.parse(json.stdout).controllers).toEqual([
      expect.objectContaining({ device: 'nvme0', reason: 'being-connected', connectingFor: 'nbft', outcome: 'kept' }),
    ])
    const named = await nvmf(['--root', host.root, 'disconnect', 'nvme0', '--dry-run'])
    expect(named.stdout).toBe('would disconnect nvme0\n')

    host.faults.releaseConnects()
    expect(await connected).toMatchObject({ stdout: 'connected nvme0 (owner nbft)\n', exit: 0 })
    expect(announcedAt(host.root)).toEqual([])
    const journal = readFileSync(join(host.root, 'dev/kmsg'), 'utf8')
    expect(journal).toContain('kept nvme0 for=nbft reason=being-connected\n')
  })

  test('is left in the moment between live and recorded, also while its process is stopped', async () => {
    const host = await boot()
    host.faults.holdConnects()
    const child = start(connect(host.root, '--owner', 'nbft', '--require-owner'))
    const connected = ended(child)
    await host.faults.connectHeld()
    process.kill(child.pid as number, 'SIGSTOP')
    onTestFinished(() => void child.kill('SIGKILL'))
    host.faults.releaseConnects()
    while (listControllers({ root: host.root })[0]?.state !== 'live') await setImmediate()

    const { stdout } = await nvmf(['--root', host.root, 'disconnect-all'])
    expect(stdout).toContain('nvme0   kept    being connected for nbft\n')
    process.kill(child.pid as number, 'SIGCONT')
    expect(await connected).toMatchObject({ stdout: 'connected nvme0 (owner nbft)\n', exit: 0 })
  })

  test('and killed, leaves a first connect that is left all the same, and after it nothing that protects', async () => {
    const host = await boot()
    host.faults.holdConnects()
    const child = start(connect(host.root, '--owner', 'nbft'))
    const connected = ended(child)
    await host.faults.connectHeld()
    child.kill('SIGKILL')
    await connected
    const held = await nvmf(['--root', host.root, 'disconnect-all', '--dry-run'])
    expect(held.stdout).toContain('nvme0   kept    being connected\n')
    host.faults.releaseConnects()
    while (listControllers({ root: host.root })[0]?.state !== 'live') await setImmediate()

    const [left = ''] = announcedAt(host.root)
    const gc = await nvmf(['--root', host.root, 'registry', 'gc', '--dry-run'])
    expect(gc.stdout).toContain(`would remove .announced/${left}: left over, and no process goes on with it\n`)
    const doctor = await nvmf(['--root', host.root, 'doctor'])
    expect(doctor.stdout).toContain(`left over from processes that have ended: ${left}`)
    expect((await nvmf(['--root', host.root, 'disconnect-all'])).stdout).toContain(
      'nvme0   disconnected  owned by nobody',
    )
    expect(announcedAt(host.root)).toEqual([])
  })
})

test('a connect by a program that announces nothing, under way, is left by disconnect-all', async () => {
  const host = await boot()
  host.faults.holdConnects()
  const child = start(connect(host.root))
  const connected = ended(child)
  await host.faults.connectHeld()
  expect(announcedAt(host.root)).toEqual([])
  const { stdout } = await nvmf(['--root', host.root, 'disconnect-all'])
  expect(stdout).toContain('nvme0   kept    being connected\n')
  host.faults.releaseConnects()
  expect(await connected).toMatchObject({ stdout: 'connected nvme0\n', exit: 0 })
})

/** Runs a connect with the preload; `dieAt` undefined: to its end. */
const preloaded = (root: string, dieAt?: number) =>
  ended(
    spawn(process.execPath, ['-r', PRELOAD, BUILT, ...connect(root, '--owner', 'stas')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(dieAt === undefined ? {} : { NVMF_DIE_AT: String(dieAt) }) },
    }),
  )

test('a connect that is killed at any step leaves no owner lost and nothing that protects', {
  timeout: 300_000,
}, async () => {
  const host = await boot()
  const registry = new Registry({ root: host.root })
  const clean = async (): Promise<void> => {
    await new Announcements({ root: host.root }).clear()
    for (const { name } of listControllers({ root: host.root })) host.removeController(name)
    registry.sweep()
  }
  // The first run of all makes the registry, too.
  await preloaded(host.root)
  await clean()
  const whole = await preloaded(host.root)
  expect(whole.exit).toBe(0)
  const steps = Number(/calls: ([0-9]+)/.exec(whole.stderr)?.[1])
  expect(steps).toBeGreaterThan(30)
  await clean()

  const ends = new Set<string>()
  for (let step = 1; step <= steps; step++) {
    const ran = await preloaded(host.root, step)
    expect([step, ran.exit]).toEqual([step, 'SIGKILL'])
    const { controllers, announced, ownershipOf } = await readHost({ root: host.root, registry })
    expect([step, announced]).toEqual([step, { connecting: [], leaving: [] }])
    const ownerships = controllers.map(each => ownershipOf(each))
    for (const ownership of ownerships) {
      const right = ownership.state === 'unowned' || (ownership.state === 'owned' && ownership.owner === 'stas')
      expect([step, ownership, right]).toEqual([step, ownership, true])
    }
    ends.add(ownerships[0]?.state ?? 'nothing connected')
    await clean()
    expect([step, announcedAt(host.root), registry.entries()]).toEqual([step, [], []])
  }
  expect([...ends]).toEqual(['nothing connected', 'unowned', 'owned'])
})
