import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { BUILT } from './run.ts'

/** What the built command writes on a real terminal (script(1) makes one) of so many columns. */
function onTerminal(columns: number, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const command = [process.execPath, BUILT, ...args].map(word => `'${word}'`).join(' ')
  const text = execFileSync('script', ['-qec', `stty cols ${columns}; ${command}`, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return text.replaceAll('\r', '')
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
})
