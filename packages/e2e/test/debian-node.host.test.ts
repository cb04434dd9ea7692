import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Suite } from '@nvmf/e2e'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { controllerFiles, FIVE, hostByHand } from '../../cli/test/host-by-hand.ts'
import { BUILT } from '../../cli/test/run.ts'
import { type DebianRoot, debianRoot } from './debian-root.ts'

/** Every command, good and bad; in this order they change the host that they are run on. */
const LINES = [
  '--help',
  'list',
  'list -o json',
  'list -v',
  'list-subsys -v',
  'registry claim nvme2 --owner stas',
  'registry claim nvme2 --owner nbft',
  'registry claim nvme2 --owner nbft --steal',
  'registry update nvme2 -a note -V until-Friday',
  'registry retrieve nvme2 -a note',
  'registry list --all',
  'registry list --all -o json --owner discoverd',
  'registry gc --dry-run',
  'registry gc',
  'disconnect-all --dry-run',
  'disconnect nvme10',
  'registry release nvme2',
  'connect -t tcp -a 192.0.2.1 -n nqn.x',
  'gen-hostnqn',
  'show-hostnqn -o json',
  'doctor',
  'completion zsh',
  'lsit',
]

const HOST = {
  ...FIVE,
  ...controllerFiles('nvme4', { transport: 'tcp', delete_controller: '' }),
  // As wide in one ICU as in another.
  'run/nvme/registry/nvme4/owner': 'ストレージ 👩🏽‍💻 ge\u0301re\u0301\n',
  'run/nvme/registry/nvme7/owner': 'stas\n',
  'run/nvme/registry/nvme10/owner': 'discoverd\n',
  'run/nvme/registry/nvme12/owner': '',
  'etc/nvme/hostid': '0d5ae6f2-4a1c-4a0e-9d0a-6b7c0f0a1e11\n',
}

/** What the lines print and how they end, and a watch, which is ended when it has said something. */
const SCRIPT = [
  ...LINES.map(line => `echo '$ nvmf ${line}'; "$NODE" "$NVMF" --root "$HOST" ${line} 2>&1; echo "[$?]"`),
  'mkfifo "$HOST/watch"; "$NODE" "$NVMF" --root "$HOST" registry watch >"$HOST/watch" & exec 3<"$HOST/watch"',
  'read -r time said <&3; echo "$said"; kill $!; wait $!; echo "[$?]"',
].join('\n')
const blanked = (text: string, host: string): string =>
  text
    .replaceAll(host, 'HOST')
    // Inode numbers are each copy's own, and gen-hostnqn has a random UUID.
    .replaceAll(/(uuid:)(?!0d5ae6f2)[0-9a-f-]{36}/g, '$1RANDOM')
    .replaceAll(/("?incarnation"?[:\s]+"?)[0-9]+/g, '$1INODE')

describe.each([
  ['bookworm', 'v18.'],
  ['trixie', 'v20.'],
] as [Suite, string][])('the built command on the node of Debian %s', (suite, version) => {
  let root: DebianRoot
  beforeAll(async () => {
    root = await debianRoot(suite)
    root.put([BUILT])
  })
  afterAll(() => root.remove())

  test('says and does what it does here', () => {
    expect(root.sh('node --version')).toContain(version)
    const original = hostByHand(HOST)
    cpSync(original, join(root.dir, 'root/host'), { recursive: true })
    const there = root.sh(`NODE=node NVMF=/root/nvmf.cjs HOST=/root/host; ${SCRIPT}`)

    const dir = mkdtempSync(join(tmpdir(), 'nvmf-node-'))
    cpSync(original, join(dir, 'host'), { recursive: true })
    const env = { PATH: '/usr/bin:/bin', NODE: process.execPath, NVMF: BUILT, HOST: join(dir, 'host') }
    const { stdout, stderr } = spawnSync('sh', ['-c', SCRIPT], { encoding: 'utf8', env })
    rmSync(dir, { recursive: true })
    expect(stderr).toBe('')
    expect(blanked(there, '/root/host')).toBe(blanked(stdout, join(dir, 'host')))
    expect(there).toMatch(/nvme2 unowned\n\[143\]\n$/)
  })
})
