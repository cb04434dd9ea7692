import { spawn } from 'node:child_process'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { BUILT, ended, nvmf, type Ran, start } from './run.ts'

const FULL = 'ENOSPC: no space left on device'

/** The command as a shell starts it, with the redirections of the line behind it. */
const redirected = (line: string, redirections: string): Promise<Ran> =>
  ended(
    spawn('/bin/sh', ['-c', `exec "$0" "$1" ${line} ${redirections}`, process.execPath, BUILT], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )

describe('a full disk', () => {
  test('fails a command that has something to say, and the reason is said', async () => {
    const root = hostByHand(FIVE)
    expect(await redirected(`--root ${root} list`, '>/dev/full')).toEqual({
      stdout: '',
      stderr: `nvmf: list: standard output cannot be written: ${FULL}\n`,
      exit: 1,
    })
    const json = await redirected(`--root ${root} list -o json`, '>/dev/full')
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { command: 'list', code: 'output', exit: 1 } })
  })

  test.each(['--help', 'list --help', '--version', 'help list'])('%s too', async line => {
    expect(await redirected(line, '>/dev/full')).toEqual({
      stdout: '',
      stderr: `nvmf: standard output cannot be written: ${FULL}\n`,
      exit: 1,
    })
  })

  test('takes nothing back: what was done is in the registry', async () => {
    const root = hostByHand(FIVE)
    const claimed = await redirected(`--root ${root} registry claim nvme2 --owner stas`, '>/dev/full')
    expect(claimed).toMatchObject({ stderr: expect.stringContaining(FULL), exit: 1 })
    expect((await nvmf(['--root', root, 'registry', 'retrieve', 'nvme2', '-a', 'owner'])).stdout).toBe('stas\n')
    expect((await redirected(`--root ${root} disconnect nvme2`, '>/dev/full')).exit).toBe(1)
    expect(readFileSync(join(root, 'sys/class/nvme/nvme2/delete_controller'), 'utf8')).toBe('1')
    expect(readFileSync(join(root, 'dev/kmsg'), 'utf8')).toMatch(/claimed nvme2 .*\n.*disconnected nvme2 /)
  })

  test('of standard error changes no exit code', async () => {
    const root = hostByHand(FIVE)
    expect(await redirected(`--root ${root} registry retrieve nvme2 -a note`, '2>/dev/full')).toMatchObject({ exit: 5 })
  })
})

test.each(['<&-', '>&-', '2>&-', '<&- >&- 2>&-'])(
  'without a standard stream (%s) it does what it should',
  async closed => {
    const root = hostByHand(FIVE)
    expect(await redirected(`--root ${root} registry claim nvme2 --owner stas`, closed)).toMatchObject({ exit: 0 })
    expect((await nvmf(['--root', root, 'registry', 'retrieve', 'nvme2', '-a', 'owner'])).stdout).toBe('stas\n')
  },
)

test('a reader that goes away ends it quietly, and what was under way is done', async () => {
  const root = hostByHand(FIVE)
  const child = spawn(process.execPath, [BUILT, '--root', root, 'registry', 'claim', 'nvme2', '--owner', 'stas'], {
    stdio: [openSync('/dev/null', 'r'), 'pipe', 'pipe'],
  })
  child.stdout?.destroy()
  expect(await ended(child)).toMatchObject({ stderr: '', exit: 141 })
  expect((await nvmf(['--root', root, 'registry', 'retrieve', 'nvme2', '-a', 'owner'])).stdout).toBe('stas\n')
})

test('a reader of standard error that goes away changes nothing', async () => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme12/owner': '' })
  const child = start(['--root', root, 'list'])
  child.stderr?.destroy()
  const { stdout, exit } = await ended(child)
  expect(exit).toBe(0)
  expect(stdout.split('\n')).toHaveLength(7)
})

describe('typing errors', () => {
  test.each([
    [['lsit'], "nvmf: unknown command 'lsit'\nhint: Did you mean list?\n"],
    [['help', 'lsit'], "nvmf: unknown command 'lsit'\nhint: nvmf --help shows how\n"],
    [['registry', 'help', 'clam'], "nvmf: registry: unknown command 'clam'\nhint: nvmf registry --help shows how\n"],
    [['help', 'lsit', 'help'], "nvmf: unknown command 'lsit'\nhint: nvmf --help shows how\n"],
    [['help', 'lsit', '--help'], "nvmf: unknown command 'lsit'\nhint: nvmf --help shows how\n"],
    [
      ['help', 'registry', 'clam', '-h'],
      "nvmf: registry: unknown command 'clam'\nhint: nvmf registry --help shows how\n",
    ],
    [['help', 'registry', 'clam'], "nvmf: registry: unknown command 'clam'\nhint: nvmf registry --help shows how\n"],
    [['conect', '-t', 'tcp'], "nvmf: unknown command 'conect'\nhint: Did you mean connect?\n"],
    [['registry', 'clam'], "nvmf: registry: unknown command 'clam'\nhint: Did you mean claim?\n"],
    [['disconnect-all', '--ownr', 'x'], "nvmf: disconnect-all: unknown option '--ownr'\nhint: Did you mean --owner?\n"],
    [
      ['completion', 'tcsh'],
      "nvmf: completion: command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.\nhint: nvmf completion --help shows how\n",
    ],
  ])('%j', async (args, stderr) => expect(await nvmf(args)).toEqual({ stdout: '', stderr, exit: 2 }))
})

test('--quiet says nothing but errors', async () => {
  const root = hostByHand(FIVE)
  const line = (...args: string[]): Promise<Ran> => nvmf(['--root', root, 'registry', ...args, '--quiet'])
  expect(await line('claim', 'nvme2', '--owner', 'stas')).toEqual({ stdout: '', stderr: '', exit: 0 })
  expect(await line('claim', 'nvme2', '--owner', 'nbft')).toMatchObject({ stdout: '', exit: 7 })
  expect(await line('gc')).toEqual({ stdout: '', stderr: '', exit: 0 })
})

test('a command that nothing is left to wait for has failed', async () => {
  const root = hostByHand(FIVE)
  const inert = join(root, 'inert.cjs')
  // Watches that hold nothing open, as if all of them had ended unheard.
  writeFileSync(inert, "require('node:fs').watch = () => ({ on() {}, close() {} })")
  const line = ['--require', inert, BUILT, '--root', root, 'registry', 'watch']
  const ran = await ended(spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'pipe'] }))
  expect(ran).toMatchObject({ stdout: '', exit: 1 })
})

const classes = (text: string): string[] => [...text.matchAll(/([\w$]+)=class\b/g)].map(([, name]) => name as string)

describe('the one file has two parts', () => {
  const built = readFileSync(BUILT, 'utf8')
  const second = built.lastIndexOf('\n/* Read when ')

  test('and what both use only once: a class would not be the same class otherwise', () => {
    const first = classes(built.slice(0, second))
    const both = classes(built.slice(second)).filter(name => first.includes(name))
    expect({ both, first: first.includes('Failure'), second: second > 0 }).toEqual({
      both: [],
      first: true,
      second: true,
    })
  })

  test('and no import(), which Node gives no code of the second', () => {
    expect(built).not.toMatch(/\bimport\(/)
  })

  test('another file in its place, as an upgrade puts it there, is noticed before anything is done', async () => {
    const root = hostByHand(FIVE)
    const id = built.indexOf('(', second) + 1
    const replaced = join(root, 'nvmf.cjs')
    writeFileSync(replaced, `${built.slice(0, id)}another${built.slice(id)}`)
    const run = (...args: string[]): Promise<Ran> => ended(spawn(process.execPath, [replaced, '--root', root, ...args]))
    expect(await run('disconnect-all', '--force')).toEqual({
      stdout: '',
      stderr: `nvmf: ${replaced} was replaced as it started\nhint: run it again\n`,
      exit: 1,
    })
    expect(await run('registry', 'list')).toMatchObject({ stderr: 'nvmf: registry list: no entries\n', exit: 0 })
  })
})
