import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { EVENTS } from '../src/events.ts'
import { HELPER, type Journald, machine, type Ran } from './beside-journald.ts'

/**
 * The helper under the filters of udevd's unit, without a virtual machine: where it would be killed there it is killed
 * here. Needs root, for a /run of its own, gcc, and the helper, built by `node packages/udev-cleanup/build/native.ts`.
 */
const { file: program, build, run } = machine()

beforeAll(() => {
  const listed = readFileSync(join(import.meta.dirname, 'sandbox/udevd-syscalls.txt'), 'utf8').split('\n')
  const names = listed.filter(line => /^[a-z]/.test(line))
  // Calls of other machines, and of later kernels than the headers', have no number here.
  writeFileSync(program('allowed.h'), names.map(name => `#ifdef SYS_${name}\nSYS_${name},\n#endif\n`).join(''))
  build('confine', 'violate', 'journald')
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

const STALE = ['nvme7', 'nvme8']

/** Runs the helper on two stale entries. No --root: it is as on a host. */
function helper(args: string, { filter, journald }: { filter: boolean; journald: Journald }): Ran {
  const before = STALE.map(
    device => `mkdir -p /run/nvme/registry/${device}
      echo 1 >/run/nvme/registry/${device}/incarnation
      echo "stas ${device}" >/run/nvme/registry/${device}/owner`,
  ).join('\n')
  const confined = `${filter ? `${program('confine')} ` : ''}${HELPER} ${args}`
  return run(confined, journald, { before, after: 'ls /run/nvme/registry' })
}

describe('the helper under the filter', () => {
  test.each([
    ['a removal', 'nvme7', 0, ['removed', 'removed'], []],
    ['a sweep', '--sweep', 0, ['removed', 'removed', 'swept'], []],
    ['a bad name', 'nvme7n1', 2, ['failed'], STALE],
  ] as const)('%s: does and says what it does without', (_, args, exit, events, after) => {
    const confined = helper(args, { filter: true, journald: 'takes' })
    expect(confined).toEqual(helper(args, { filter: false, journald: 'takes' }))
    expect(confined).toMatchObject({ exit, after, kmsg: '' })
    expect(confined.records.map(({ MESSAGE_ID }) => MESSAGE_ID)).toEqual(events.map(event => EVENTS[event]))
  })
  test('a sweep may ask the kernel which writers live', () => {
    const entry = '/run/nvme/registry/nvme9'
    const before = `mount -t tmpfs none /sys/class
      mkdir -p /sys/class/nvme/nvme9 ${entry}
      stat -c %i /sys/class/nvme/nvme9 >${entry}/incarnation
      namespace=$(stat -L -c %i /proc/self/ns/pid)
      ended=$(sh -c 'echo $$')
      touch ${entry}/note.tmp.$namespace-$ended-ended ${entry}/note.tmp.$namespace-$$-living`
    const after = `ls ${entry} | sed 's/-.*-/-/; s/[.][0-9]*-/./'`
    expect(run(`${program('confine')} ${HELPER} --sweep`, 'takes', { before, after })).toMatchObject({
      exit: 0,
      records: [{ MESSAGE: 'sweep: 0 stale entries and 1 unfinished ones removed, 1 left' }],
      after: ['incarnation', 'note.tmp.living'],
    })
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
    const { exit, records, kmsg, after } = helper('nvme7', { filter: true, journald })
    expect({ exit, records, after }).toEqual({ exit: 0, records: [], after: [] })
    expect(kmsg).toMatch(
      /^<6>nvmf: nvme7: ownership entry removed: .+\n<6>nvmf: nvme8: ownership entry removed with others: .+\n$/,
    )
  })
})
