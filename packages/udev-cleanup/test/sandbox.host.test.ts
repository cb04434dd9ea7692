import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVENTS } from '../src/events.ts'

/**
 * The helper under the filters of udevd's unit, without a virtual machine: where it would be killed there it is killed
 * here. Needs root, for a /run of its own, gcc, and the helper, built by `node packages/udev-cleanup/build/native.ts`.
 */
const HELPER = resolve(import.meta.dirname, '../dist/nvmf-registry-cleanup')
const SOURCES = join(import.meta.dirname, 'sandbox')
const JOURNALD = '/run/systemd/journal/socket'

const work = mkdtempSync(join(tmpdir(), 'cleanup-sandbox-'))
afterAll(() => rmSync(work, { recursive: true }))
const program = (name: string): string => join(work, name)

beforeAll(() => {
  const listed = readFileSync(join(SOURCES, 'udevd-syscalls.txt'), 'utf8').split('\n')
  const names = listed.filter(line => /^[a-z]/.test(line))
  // Calls of other machines, and of later kernels than the headers', have no number here.
  writeFileSync(join(work, 'allowed.h'), names.map(name => `#ifdef SYS_${name}\nSYS_${name},\n#endif\n`).join(''))
  for (const name of ['confine', 'violate', 'journald'])
    execFileSync('gcc', ['-Wall', '-Werror', '-O1', `-I${work}`, '-o', program(name), join(SOURCES, `${name}.c`)])
})

/** Exit code, or the signal that ended it. */
function ended(command: readonly string[]): number | string | null {
  const [file = '', ...args] = command
  const { status, signal } = spawnSync(file, args, { env: {}, timeout: 60_000 })
  return status ?? signal
}

describe('the filter kills', () => {
  test.each([
    'write-execute',
    'make-executable',
    'make-executable-by-key',
    'attach-executable',
    'set-the-clock',
    'mount',
    'raw-packets',
    'other-architecture',
  ])('a program that does this: %s', what => {
    expect(ended([program('violate'), what])).toBe(0)
    expect(ended([program('confine'), program('violate'), what])).toBe('SIGSYS')
  })
  test('node, whose compiler needs such memory', () => {
    const script = 'let n = 0; for (let i = 0; i < 1e7; i++) n += i % 7'
    expect(ended([process.execPath, '-e', script])).toBe(0)
    expect(['SIGSYS', 'SIGTRAP']).toContain(ended([program('confine'), process.execPath, '-e', script]))
  })
  test('nothing else: a shell lives, and a program that does nothing of it', () => {
    expect(ended([program('confine'), program('violate'), 'nothing'])).toBe(0)
    expect(ended([program('confine'), '/bin/sh', '-c', 'echo x | cat >/dev/null'])).toBe(0)
  })
})

interface Ran {
  readonly exit: number | null
  /** What journald got, a field each. */
  readonly records: Record<string, string>[]
  readonly kmsg: string
  readonly left: string[]
}

const STALE = ['nvme7', 'nvme8']

/** Runs the helper on two stale entries in a /run of its own. No --root: it is as on a host, journald's socket too. */
function helper(args: string, options: { filter: boolean; journald: 'takes' | 'full' | 'none' }): Ran {
  const kmsg = join(work, 'kmsg')
  writeFileSync(kmsg, '')
  const confined = `${options.filter ? `${program('confine')} ` : ''}${HELPER} ${args}`
  const script = `set -e
    mount -t tmpfs none /run
    mount --bind ${kmsg} /dev/kmsg
    for device in ${STALE.join(' ')}; do
      mkdir -p /run/nvme/registry/$device
      echo 1 >/run/nvme/registry/$device/incarnation
      echo "stas $device" >/run/nvme/registry/$device/owner
    done
    mkdir -p /run/systemd/journal
    code=0
    ${options.journald === 'none' ? '' : `${program('journald')} ${JOURNALD} ${options.journald}`} ${confined} || code=$?
    echo "== $code"
    ls /run/nvme/registry`
  mkdirSync(join(work, 'run'), { recursive: true })
  const { stdout } = spawnSync('unshare', ['--mount', '/bin/sh', '-c', script], {
    env: { SEQNUM: '9999', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    encoding: 'utf8',
    timeout: 60_000,
  })
  const [said = '', end = ''] = stdout.split('== ')
  const [exit, ...left] = end.trim().split('\n')
  return {
    exit: Number(exit),
    records: said.split('--\n').slice(1).map(fields),
    kmsg: readFileSync(kmsg, 'utf8'),
    left,
  }
}

const fields = (record: string): Record<string, string> =>
  Object.fromEntries(
    record
      .trimEnd()
      .split('\n')
      .map(line => /^([^=]+)=(.*)$/.exec(line)?.slice(1) as [string, string]),
  )

describe('the helper under the filter', () => {
  test.each([
    ['a removal', 'nvme7', 0, ['removed', 'removed'], []],
    ['a sweep', '--sweep', 0, ['removed', 'removed', 'swept'], []],
    ['a bad name', 'nvme7n1', 2, ['failed'], STALE],
  ] as const)('%s: does and says what it does without', (_, args, exit, events, left) => {
    const confined = helper(args, { filter: true, journald: 'takes' })
    expect(confined).toEqual(helper(args, { filter: false, journald: 'takes' }))
    expect(confined).toMatchObject({ exit, left, kmsg: '' })
    expect(confined.records.map(({ MESSAGE_ID }) => MESSAGE_ID)).toEqual(events.map(event => EVENTS[event]))
  })
  test('a record has the text, the priority, the tag and the facts, whatever the owner’s name is', () => {
    const { records } = helper('nvme7', { filter: true, journald: 'takes' })
    expect(records[0]).toEqual({
      MESSAGE: 'nvme7: ownership entry removed: the controller is gone (owner="stas nvme7" event=9999 stamp=none)',
      PRIORITY: '6',
      SYSLOG_IDENTIFIER: 'nvmf',
      MESSAGE_ID: EVENTS.removed,
      NVMF_EVENT: 'cleanup-removed',
      NVMF_DEVICE: 'nvme7',
      NVMF_OWNER: 'stas nvme7',
      NVMF_REASON: 'controller-gone',
      NVMF_SEQNUM: '9999',
    })
  })
  test.each(['full', 'none'] as const)('journald: %s. The kernel’s log gets the lines, and nothing waits', journald => {
    const { exit, records, kmsg, left } = helper('nvme7', { filter: true, journald })
    expect({ exit, records, left }).toEqual({ exit: 0, records: [], left: [] })
    expect(kmsg).toMatch(
      /^<6>nvmf: nvme7: ownership entry removed: .+\n<6>nvmf: nvme8: ownership entry removed with others: .+\n$/,
    )
  })
})
