import { execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from '@nvmf/registry-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { BUILT, ended, start } from './run.ts'
import { checkJson } from './schemas.ts'

/** `registry watch` on a host, as its output comes. */
function watch(root: string, ...options: string[]) {
  const child = start(['--root', root, 'registry', 'watch', ...options])
  onTestFinished(() => void child.kill('SIGKILL'))
  const done = ended(child).then(ran => {
    checkJson(['registry', 'watch', ...options], ran)
    return ran
  })
  let text = ''
  let look: (() => void) | undefined
  child.stdout?.on('data', chunk => {
    text += chunk
    look?.()
  })
  return {
    child,
    done,
    /** All lines, when there are `n`. */
    lines: (n: number): Promise<string[]> =>
      new Promise(resolve => {
        look = () => {
          const lines = text.split('\n').slice(0, -1)
          if (lines.length >= n) resolve(lines)
        }
        look()
      }),
  }
}

const host = (): string => hostByHand({ ...FIVE, 'run/nvme/registry/nvme10/owner': 'discoverd\n' })
const timeless = (lines: readonly string[]): string[] => lines.map(line => line.replace(/^\d\d:\d\d:\d\d /, ''))

test('what is there, then each change, as lines for people', async () => {
  const root = host()
  const registry = new Registry({ root })
  const { child, done, lines } = watch(root)
  expect(await lines(1)).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d nvme10 owned by discoverd$/)])
  registry.claim('nvme2', 'stas')
  await lines(2)
  registry.claim('nvme2', 'nbft', { steal: true })
  await lines(3)
  registry.release('nvme2')
  await lines(4)
  writeFileSync(join(root, 'run/nvme/registry/nvme10/owner'), '')
  expect(timeless(await lines(5)).slice(1)).toEqual([
    'nvme2 owned by stas (was unowned)',
    'nvme2 owned by nbft (was owned by stas)',
    'nvme2 unowned (was owned by nbft)',
    'nvme10 unknown: its owner is empty (was owned by discoverd)',
  ])
  child.kill('SIGINT')
  expect(await done).toMatchObject({ stderr: '', exit: 130 })
})

test("-v says on which day, and why it is nobody's", async () => {
  const root = host()
  const registry = new Registry({ root })
  const { child, done, lines } = watch(root, '-v')
  expect(await lines(1)).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d nvme10 owned by discoverd$/)])
  registry.claim('nvme2', 'stas')
  await lines(2)
  registry.release('nvme2')
  await lines(3)
  registry.claim('nvme2', 'stas')
  await lines(4)
  registry.delete('nvme2')
  expect((await lines(5)).slice(1).map(line => line.replace(/^\S+ \S+ /, ''))).toEqual([
    'nvme2 owned by stas (was unowned: it has no entry)',
    'nvme2 unowned: its entry has no owner (was owned by stas)',
    'nvme2 owned by stas (was unowned: its entry has no owner)',
    'nvme2 unowned: it has no entry (was owned by stas)',
  ])
  child.kill('SIGINT')
  expect(await done).toMatchObject({ stderr: '', exit: 130 })
})

test('as JSON lines, of one owner, until SIGTERM', async () => {
  const root = host()
  const registry = new Registry({ root })
  const { child, done, lines } = watch(root, '-o', 'json', '--owner', 'stas')
  // Another owner's: not told, but it says nothing either that the watch has begun. A registry that is read at the
  // beginning and one that changes later give the same last line.
  registry.claim('nvme2', 'stas')
  await lines(1)
  registry.release('nvme2')
  expect((await lines(2)).map(line => JSON.parse(line)).at(-1)).toEqual({
    version: 1,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    device: 'nvme2',
    ownership: 'unowned',
    owner: null,
    reason: 'no-owner',
    previous: { ownership: 'owned', owner: 'stas', reason: null },
  })
  child.kill('SIGTERM')
  expect(await done).toMatchObject({ stderr: '', exit: 143 })
})

test('ends when its reader has gone, at the next change', async () => {
  const root = host()
  const { child, done, lines } = watch(root)
  await lines(1)
  child.stdout?.destroy()
  rmSync(join(root, 'run/nvme/registry/nvme10'), { recursive: true })
  expect(await done).toMatchObject({ stderr: '', exit: 141 })
})

test('a registry that is no directory', async () => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry': 'a file\n' })
  expect(await watch(root).done).toMatchObject({
    stdout: '',
    stderr: `nvmf: registry watch: ${root}/run/nvme/registry is not a directory\nhint: nvmf doctor says what to do\n`,
    exit: 1,
  })
})

/** More than any pipe or socket holds: owners of 4,000 bytes. */
function crowded(): string {
  const owner = 'o'.repeat(4000)
  const entries = Array.from({ length: 100 }, (_, i) => [`run/nvme/registry/nvme${i}/owner`, `${owner}\n`])
  const controllers = Array.from({ length: 100 }, (_, i) => [`sys/class/nvme/nvme${i}/`, ''])
  return hostByHand(Object.fromEntries([...entries, ...controllers]))
}

/** Until a process has written so many bytes. */
async function written(pid: number, bytes: number): Promise<void> {
  const count = (): number => Number(/^wchar: ([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
  while (count() < bytes) await new Promise(resolve => setImmediate(resolve))
}

describe('with a reader that does not read', () => {
  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGTERM', 143],
  ] as const)('it ends at a %s all the same, when the pipe is full', async (signal, exit) => {
    const root = crowded()
    const fifo = join(root, 'fifo')
    execFileSync('mkfifo', [fifo])
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    onTestFinished(() => closeSync(reader))
    const writer = openSync(fifo, 'w')
    const line = [BUILT, '--root', root, 'registry', 'watch']
    const child = spawn(process.execPath, line, { stdio: ['ignore', writer, 'pipe'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    closeSync(writer)
    const done = ended(child)
    // A pipe holds 64 KiB (pipe(7)).
    await written(child.pid as number, 60_000)
    child.kill(signal)
    expect(await done).toMatchObject({ stderr: '', exit })
  })

  test('it ends at a SIGTERM all the same, when a socket is full', async () => {
    const child = start(['--root', crowded(), 'registry', 'watch'])
    onTestFinished(() => void child.kill('SIGKILL'))
    await written(child.pid as number, 60_000)
    const exit = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await exit).toBe(143)
  })

  test('nothing is lost while it waits', async () => {
    const { child, done, lines } = watch(crowded())
    expect(await lines(100)).toHaveLength(100)
    child.kill('SIGINT')
    expect(await done).toMatchObject({ exit: 130 })
  })
})

test('a full disk ends it', async () => {
  const full = openSync('/dev/full', 'w')
  const line = [BUILT, '--root', host(), 'registry', 'watch']
  const child = spawn(process.execPath, line, { stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  expect(await ended(child)).toMatchObject({
    stderr: 'nvmf: registry watch: standard output cannot be written: ENOSPC: no space left on device\n',
    exit: 1,
  })
})

test('into a file, from where that was', async () => {
  const root = host()
  const path = join(root, 'log')
  writeFileSync(path, 'before\n')
  const log = openSync(path, 'a')
  const line = [BUILT, '--root', root, 'registry', 'watch']
  const child = spawn(process.execPath, line, { stdio: ['ignore', log, 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  closeSync(log)
  await written(child.pid as number, 20)
  child.kill('SIGTERM')
  expect(await ended(child)).toMatchObject({ stderr: '', exit: 143 })
  expect(readFileSync(path, 'utf8')).toMatch(/^before\n\S+ nvme10 owned by discoverd\n$/)
})
