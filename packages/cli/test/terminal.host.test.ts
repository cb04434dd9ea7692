import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
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
})
