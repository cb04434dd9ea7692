import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readNamespaces } from '../src/index.ts'
import { controller } from './host.ts'

const MOUNTINFO = 'proc/self/mountinfo'

/** A captured tree: nvme0 leads to nvme0n1, which nothing uses. */
function captured(): (path: string) => string {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-policy-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const at = (path: string): string => join(root, path)
  for (const dir of ['sys/class/nvme/nvme0/nvme0n1', 'sys/class/block/nvme0n1/holders', 'sys/fs', 'proc/self'])
    mkdirSync(at(dir), { recursive: true })
  writeFileSync(at('sys/class/block/nvme0n1/dev'), '259:1\n')
  writeFileSync(at(MOUNTINFO), '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n')
  writeFileSync(at('proc/swaps'), 'Filename Type Size Used Priority\n')
  return at
}

const usesIn = (at: (path: string) => string) =>
  readNamespaces([controller('nvme0')], { root: at('') }).flatMap(({ uses }) => uses)

test('what nothing uses in a captured tree is free', () => {
  expect(usesIn(captured())).toEqual([])
})

test.each<[string, (path: string) => void, string]>([
  ['a FIFO', path => void spawnSync('mkfifo', [path]), 'not a regular file'],
  ['a link to a device', path => symlinkSync('/dev/zero', path), 'a link leads out of the root'],
  ['a link to nothing', path => symlinkSync('/no/such/file', path), 'a link leads out of the root'],
  [
    'larger than any host has it',
    path => {
      writeFileSync(path, '')
      truncateSync(path, 2 ** 40)
    },
    'more than 16777216 bytes',
  ],
])('mounts that are %s are not known, and so everything is in use', (_, make, reason) => {
  const at = captured()
  rmSync(at(MOUNTINFO))
  make(at(MOUNTINFO))
  expect(usesIn(at)).toEqual([
    { kind: 'unknown', namespace: 'nvme0n1', device: 'nvme0n1', why: `${at(MOUNTINFO)} cannot be read (${reason})` },
  ])
})

test('holders behind a link out of the root are not known either', () => {
  const at = captured()
  rmSync(at('sys/class/block/nvme0n1/holders'), { recursive: true })
  symlinkSync('/tmp', at('sys/class/block/nvme0n1/holders'))
  expect(usesIn(at)).toMatchObject([{ kind: 'unknown', why: expect.stringContaining('a link leads out of the root') }])
})
