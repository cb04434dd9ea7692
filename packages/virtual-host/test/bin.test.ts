import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { main } from '../src/cli/main.ts'
import { callHost } from '../src/index.ts'
import type { HostStatus } from '../src/status.ts'
import { connect, LOOP, list, NQN, openFabrics, scratch, TCP } from './lab.ts'

// Nothing here waits for time to pass; a busy machine may.
vi.setConfig({ testTimeout: 30_000 })

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

/** One command line, carried out in this process. */
async function run(...args: string[]) {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation(text => {
      said[name] += String(text)
      return true
    }),
  )
  try {
    return { status: await main(args), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** `start` as it is run: it starts itself again in the background. */
function runStart(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@nvmf/source', BIN, 'start', ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

async function pidOf(dir: string): Promise<number> {
  return ((await callHost(dir, 'status')) as HostStatus).pid
}

async function started(...args: string[]): Promise<{ root: string }> {
  const root = join(scratch(), 'host')
  expect(runStart(root, ...args)).toEqual({ status: 0, stdout: '', stderr: '' })
  const pid = await pidOf(root)
  onTestFinished(() => void spawnSync('kill', ['-9', String(pid)]))
  return { root }
}

test('a host in the background, from start to stop', async () => {
  const host = await started('--seqnum', '5000')
  expect(
    (await run('subsystem', 'add', host.root, NQN, '--listen', 'tcp:10.0.0.9:4420', '--listen', 'loop')).status,
  ).toBe(0)
  expect(await connect(host, LOOP)).toBe(0)
  await expect(connect(host, TCP)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect((await run('status', host.root)).stdout).toContain(`nvme0: loop, live, ${NQN}`)
  expect((await run('pcie', 'add', host.root, '0000:02:00.0')).stdout).toBe('nvme1\n')
  expect((await run('udev', 'settle', host.root)).status).toBe(0)
  expect((await run('events', host.root)).stdout).toContain('5001 add /devices/virtual/nvme-fabrics/ctl/nvme0 (nvme)\n')
  expect(runStart(host.root).stderr).toContain('serves')
  expect(await run('stop', host.root, '--remove')).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(() => list(host, '.')).toThrow('ENOENT')
})

test('a crash is seen at once by who waits, and by who comes later', async () => {
  const host = await started()
  await callHost(host.root, 'add-subsystem', { nqn: NQN })
  await callHost(host.root, 'hold-connects')
  const handle = await openFabrics(host)
  const waiting = handle.write(LOOP)
  await callHost(host.root, 'wait-held')
  process.kill(await pidOf(host.root), 'SIGKILL')
  await expect(waiting).rejects.toMatchObject({ code: 'ENODEV' })
  await expect(openFabrics(host)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  const { status, stderr } = await run('status', host.root)
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `nvmf-virtual-host: no virtual host is running in ${host.root}\n`,
  })
})

test('the server ends when its directory is removed', async () => {
  const host = await started()
  const pid = await pidOf(host.root)
  rmSync(host.root, { recursive: true })
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 4000 }).toBe(false)
})

test.each([
  [['bogus']],
  [['subsystem', 'add', '/nowhere']],
  [['stop', '/nowhere', '--force']],
  [['subsystem', 'add', '/nowhere', 'nqn', '--listen', 'smoke']],
  [['subsystem', 'add', '/nowhere', 'nqn', '--namespaces', 'two']],
  [['start']],
  [[]],
])('bad use is one line and exit 2: %j', async args => {
  const { status, stdout, stderr } = await run(...args)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/^nvmf-virtual-host: .+\n$/)
})

test('a start that fails says why in one line and exits 1', () => {
  const dir = scratch()
  mkdirSync(join(dir, 'dev'))
  writeFileSync(join(dir, 'bad.rules'), 'GOTO="x"\n')
  const taken = runStart(dir)
  expect(taken).toMatchObject({ status: 1, stderr: `nvmf-virtual-host: ${dir} has a dev/ that no virtual host made\n` })
  const rules = runStart(join(dir, 'new'), '--rules', join(dir, 'bad.rules'))
  expect(rules.status).toBe(1)
  expect(rules.stderr).toMatch(/^nvmf-virtual-host: .*bad\.rules:1: .*GOTO=\n$/)
  expect(list({ root: dir }, '.')).toEqual(['bad.rules', 'dev'])
})
