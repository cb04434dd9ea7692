import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { promises as fs, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { controllerFiles, FIVE, hostByHand } from './host-by-hand.ts'
import { BUILT } from './run.ts'

/** What the built command writes on a real terminal (script(1) makes one) of so many columns. */
function onTerminal(columns: number, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { text, exit } = typedOnTerminal('', columns, args, env)
  expect(exit).toBe(0)
  return text
}

/** The same for somebody who types, and then ends the input with Ctrl-D. */
function typedOnTerminal(
  typed: string,
  columns: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { text: string; exit: number | null } {
  const command = [process.execPath, BUILT, ...args].map(word => (word.startsWith('2>') ? word : `'${word}'`)).join(' ')
  const { stdout, status } = spawnSync('script', ['-qec', `stty cols ${columns}; ${command}`, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    input: typed,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return { text: stdout.replaceAll('\r', ''), exit: status }
}

const ESCAPE = '\u001b['

describe('on a real terminal', () => {
  test.each([80, 200])('of %i columns no line is wrapped', columns => {
    const root = hostByHand(FIVE)
    for (const line of onTerminal(columns, ['--root', root, 'list'], { NO_COLOR: '1' }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(columns)
  })

  test('there are colours, unless NO_COLOR or TERM says no', () => {
    const root = hostByHand(FIVE)
    const list = ['--root', root, 'list']
    expect(onTerminal(80, list)).toContain(ESCAPE)
    // An empty NO_COLOR is none: no-color.org.
    expect(onTerminal(80, list, { NO_COLOR: '' })).toContain(ESCAPE)
    expect(onTerminal(80, list, { NO_COLOR: '1' })).not.toContain(ESCAPE)
    expect(onTerminal(80, list, { TERM: 'dumb' })).not.toContain(ESCAPE)
    expect(onTerminal(80, [...list, '-o', 'json'])).not.toContain(ESCAPE)
  })

  test('a question at the end of input is a no, on a line of its own', () => {
    const root = hostByHand(FIVE)
    const { text, exit } = typedOnTerminal('', 200, ['--root', root, 'disconnect-all', '--force'], { NO_COLOR: '1' })
    expect(text).toMatch(/ Type yes to go on: (\^D[\b]*)?\nnvmf: disconnect-all: not confirmed, nothing was changed\n$/)
    expect(exit).toBe(4)
  })

  test('y is not yes, and yes is', () => {
    const root = hostByHand(FIVE)
    const force = ['--root', root, 'disconnect-all', '--force', '-t', 'tcp']
    expect(typedOnTerminal('y\n', 200, force).exit).toBe(4)
    const { text, exit } = typedOnTerminal('yes\n', 200, force)
    expect(text).toMatch(/nvme2 +disconnected +owned by nobody\n/)
    expect(exit).toBe(0)
  })

  test.each([
    ['y\n', 4],
    ['yes\n', 0],
  ])('with standard error in a file the question is on the terminal: %j', (typed, exit) => {
    const root = hostByHand(FIVE)
    const force = ['--root', root, 'disconnect-all', '--force', '-t', 'tcp', `2>${root}/err`]
    const said = typedOnTerminal(typed, 200, force)
    expect(said.text).toContain('Disconnect 2 controllers? Type yes to go on: ')
    expect(said.exit).toBe(exit)
    expect(readFileSync(join(root, 'err'), 'utf8')).toBe(
      exit === 0 ? '' : 'nvmf: disconnect-all: not confirmed, nothing was changed\n',
    )
  })

  test('how far it is stays on one line, goes on after Ctrl-C, and is gone in the end', async () => {
    const root = hostByHand({
      'dev/kmsg': '',
      ...controllerFiles('nvme0', { transport: 'tcp', state: 'live' }),
      ...controllerFiles('nvme1', { transport: 'tcp', state: 'live', delete_controller: '' }),
    })
    // A pipe that nobody reads holds up whoever opens it, as a dead target does.
    const deletion = join(root, 'sys/class/nvme/nvme0/delete_controller')
    execFileSync('mkfifo', [deletion])
    const command = `stty cols 20; '${process.execPath}' '${BUILT}' --root '${root}' disconnect-all --jobs 1`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    let look: (() => void) | undefined
    child.stdout.on('data', chunk => {
      text += chunk
      look?.()
    })
    const until = (shown: RegExp): Promise<void> =>
      new Promise(resolve => {
        look = () => void (shown.test(text) && resolve())
        look()
      })
    const ended = new Promise(resolve => child.once('close', resolve))
    const line = '\r\u001b[K0 of 2 done, waitin'
    await until(/waitin/)
    child.stdin.write('\u0003')
    text = ''
    await until(/waited for\r\n[^]*waitin/)
    const reader = await fs.open(deletion, 'r+')
    expect(await ended).toBe(130)
    await reader.close()
    expect(text).toContain(`those under way are waited for\r\n${line}`)
    expect(text.split('\u001b[K').at(-1)).toMatch(/^nvme0\r\n(?: {2}.+\r\n)+nvme1\r\n(?: {2}.+\r\n)+$/)
    expect(text).not.toContain('waiting')
  })

  test('a watch ends at a SIGTERM when the terminal is stopped with Ctrl-S', async () => {
    const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme2/owner': 'stas\n' })
    const watch = `'${process.execPath}' '${BUILT}' --root '${root}' registry watch`
    const child = spawn('script', ['-qec', `echo pid $$; read line; exec ${watch}`, '/dev/null'], {
      env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise(resolve => child.once('close', resolve))
    let text = ''
    const pid = await new Promise<string>(resolve => {
      child.stdout.on('data', chunk => {
        text += chunk
        const found = /pid ([0-9]+)\r\n/.exec(text)?.[1]
        if (found !== undefined) resolve(found)
      })
    })
    // The terminal takes them in this order: nothing of the watch is shown.
    child.stdin.write('\u0013\n')
    const caught = (): bigint =>
      BigInt(`0x${/^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`)
    const [HUP, TERM] = [1n << 0n, 1n << 14n]
    while ((caught() & HUP) === 0n || (caught() & TERM) === 0n) await new Promise(resolve => setImmediate(resolve))
    process.kill(Number(pid), 'SIGTERM')
    expect(await ended).toBe(143)
    expect(text).not.toContain('stas')
  })
})
