import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { transcript } from './run.ts'
import { virtualHost } from './virtual-host.ts'

const NQN = 'nqn.2026-01.example:a'
const SECRET = 'DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:'
const connect = (...more: string[]): string[] => ['connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', NQN, ...more]
const dry = (...more: string[]): string[] => connect('--dry-run', ...more)

test('connect --dry-run', async () => {
  const host = await virtualHost()
  host.addSubsystem(NQN)
  const secret = join(host.root, 'secret')
  writeFileSync(secret, `${SECRET}\n`, { mode: 0o600 })
  const lines = [
    dry(),
    dry('--owner', 'stas', '-v'),
    dry('--owner', 'stas', '-o', 'json'),
    dry('--quiet'),
    dry('-S', `@${secret}`, '-C', SECRET),
    dry('-t', 'loop', '-a', '', '--tls'),
    dry('-s', '0'),
    dry('--steal'),
    ['list'],
    connect(),
    dry(),
    dry('--idempotent'),
    dry('--owner', 'stas', '--idempotent'),
    dry('--owner', 'stas', '--idempotent', '-o', 'json'),
    connect('--owner', 'stas', '--idempotent'),
    dry('--owner', 'me'),
    dry('--owner', 'me', '--idempotent', '-o', 'json'),
    dry('--owner', 'me', '--idempotent', '--steal'),
    dry('--owner', '', '--idempotent'),
    dry('-D', '--owner', 'me'),
    ['registry', 'list'],
  ]
  const text = await transcript(host.root, lines)
  await expect(text).toMatchFileSnapshot('./golden/connect-dry-run.txt')
  // It is in the line that was typed, and nowhere else.
  expect(text.split(SECRET)).toHaveLength(2)
})

test('connect --dry-run where the module is not loaded', async () => {
  const host = await virtualHost({ modules: false })
  await expect(await transcript(host.root, [dry(), dry('-o', 'json')])).toMatchFileSnapshot(
    './golden/connect-dry-run-no-module.txt',
  )
})
