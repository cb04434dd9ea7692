import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { VirtualHost } from '@nvmf/virtual-host'
import { expect, test } from 'vitest'
import { runWith, type Said } from './in-process.ts'
import { virtualHost } from './virtual-host.ts'

const NQN = 'nqn.2026-01.example:a'
const CONNECT = ['connect', '-t', 'tcp', '-a', '127.0.0.1', '-n', NQN]

async function boot(): Promise<VirtualHost> {
  const host = await virtualHost()
  host.addSubsystem(NQN)
  return host
}

/** Inode, mode, size and the time of the last change of all that the host shows. */
const traces = ({ root }: VirtualHost): string =>
  execFileSync('find', [root, '-printf', '%i %m %s %C@ %p\n'], { encoding: 'utf8' })

const SITUATIONS: Readonly<Record<string, (host: VirtualHost) => Promise<unknown>>> = {
  'not connected': async () => {},
  "connected, nobody's": ({ root }) => runWith([...CONNECT, '--root', root]),
  "connected, stas's": ({ root }) => runWith([...CONNECT, '--owner', 'stas', '--root', root]),
  'connected, its owner cannot be read': async ({ root }) => {
    await runWith([...CONNECT, '--owner', 'stas', '--root', root])
    writeFileSync(join(root, 'run/nvme/registry/nvme0/owner'), 'a\nb\n')
  },
}
const WAYS = [
  [],
  ['--owner', 'stas'],
  ['--owner', 'me'],
  ['--owner', 'me', '--steal'],
  ['--owner', 'me', '--require-owner'],
  ['--owner', ''],
].flatMap(way => [way, [...way, '--idempotent']])

/** What both say: how it ends, and whose it is then. A new controller has no name in the preview. */
function gist({ stdout, stderr, exit }: Said): unknown {
  if (stdout === '') return { exit, code: JSON.parse(stderr).error.code, owner: JSON.parse(stderr).error.owner }
  const { alreadyConnected, device, owner, ownership } = JSON.parse(stdout)
  return alreadyConnected ? { exit, device, owner, ownership } : { exit, owner }
}

for (const [situation, prepare] of Object.entries(SITUATIONS)) {
  test.each(WAYS.map(way => [way]))(`${situation}: a dry run says what the real one does (%j)`, async way => {
    const host = await boot()
    await prepare(host)
    const line = [...CONNECT, ...way, '-o', 'json', '--root', host.root]
    const before = traces(host)
    const dry = await runWith([...line, '--dry-run'])
    expect(dry.journal).toEqual([])
    expect(traces(host)).toBe(before)
    expect(gist(dry)).toEqual(gist(await runWith(line)))
  })
}
