import { spawn, spawnSync } from 'node:child_process'
import { constants, openSync, readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { HELPER, machine } from './beside-journald.ts'
import { cleanupHost, fifo } from './host.ts'

/**
 * `--journal` of the real helper, at a real socket: needs root, for a /run of its own, gcc, and the helper, built by
 * `node packages/udev-cleanup/build/native.ts`.
 */
const { build, run } = machine()
const JOURNAL = `${HELPER} --journal`

beforeAll(() => build('journald'))

const record = (nth: number, more: Record<string, string> = {}): Record<string, string> => ({
  MESSAGE: `disconnected nvme${nth}`,
  PRIORITY: '6',
  NVMF_DEVICE: `nvme${nth}`,
  ...more,
})
const text = (records: readonly Record<string, string>[]): string =>
  records
    .map(
      fields =>
        `${Object.entries(fields)
          .map(([name, value]) => `${name}=${value}\n`)
          .join('')}\n`,
    )
    .join('')
const many = (count: number) => Array.from({ length: count }, (_, nth) => record(nth))
const line = (nth: number): string => `<6>nvmf: disconnected nvme${nth}\n`

describe('records on standard input', () => {
  test('are one datagram each, byte for byte, in their order', () => {
    const records = [...many(100), record(100, { NVMF_OWNER: 'à b="c" 漢', MESSAGE: 'a\tb=c', NVMF_USE: '' })]
    expect(run(JOURNAL, 'takes', { input: text(records) })).toEqual({
      exit: 0,
      records,
      kmsg: '',
      stderr: '',
      after: [],
    })
  })
  test('wait for a journald that has no room, each', () => {
    const records = many(40)
    expect(run(JOURNAL, 'slow', { input: text(records) })).toMatchObject({ exit: 0, records, kmsg: '', stderr: '' })
  })
  test('do not wait for ever: one waits, then its line and those of the rest go to the kernel’s log', () => {
    const { exit, records, kmsg, stderr } = run(JOURNAL, 'full', { input: text(many(300)) })
    expect({ exit, records, stderr }).toEqual({ exit: 0, records: [], stderr: '' })
    expect(kmsg).toBe(
      many(300)
        .map((_, nth) => line(nth))
        .join(''),
    )
  })
  test('where there is no journald go to the kernel’s log, with their priority', () => {
    const { exit, kmsg } = run(JOURNAL, 'none', { input: text([record(1), record(2, { PRIORITY: '3' })]) })
    expect({ exit, kmsg }).toEqual({ exit: 0, kmsg: `${line(1)}<3>nvmf: disconnected nvme2\n` })
  })
  test('that can be told nowhere are on standard error, and it fails', () => {
    const { exit, stderr } = run(JOURNAL, 'none', {
      before: 'umount /dev/kmsg; mount --bind / /dev',
      input: text(many(2)),
    })
    expect({ exit, stderr }).toEqual({
      exit: 1,
      stderr: 'nvmf-registry-cleanup: disconnected nvme0\nnvmf-registry-cleanup: disconnected nvme1\n',
    })
  })
  // Linux' net.core.wmem_default is 212,992 everywhere.
  test('that are too large for a datagram lose their fields, and only those do', () => {
    const large = record(1, { NVMF_USE: 'x'.repeat(230_000) })
    const { exit, records, kmsg } = run(JOURNAL, 'takes', { input: text([record(0), large, record(2)]) })
    expect({ exit, records, kmsg }).toEqual({ exit: 0, records: [record(0), record(2)], kmsg: line(1) })
  })
  test('of another root go to the kernel’s log there, and not to this machine’s journald', () => {
    const host = cleanupHost()
    const kmsg = `${host.root}/dev/kmsg`
    writeFileSync(kmsg, '')
    const here = run(`${HELPER} --root ${host.root} --journal`, 'takes', { input: text(many(2)) })
    expect(here).toMatchObject({ exit: 0, records: [], kmsg: '' })
    expect(readFileSync(kmsg, 'utf8')).toBe(line(0) + line(1))
  })
  test('may be none', () => {
    expect(run(JOURNAL, 'takes', { input: '' })).toMatchObject({ exit: 0, records: [], kmsg: '', stderr: '' })
    expect(run(JOURNAL, 'takes', { input: '\n\n\n' })).toMatchObject({ exit: 0, records: [], kmsg: '', stderr: '' })
  })
})

describe('bad input is told what it is, and what came before it stays told', () => {
  const good = text([record(0)])
  test.each([
    [
      'a line that is no field',
      'MESSAGE=x\nhello\n\n',
      'record 2 of standard input: "hello" is not a field (NAME=value, in capitals)',
    ],
    [
      'journald’s own fields',
      '_PID=1\nMESSAGE=x\n\n',
      'record 2 of standard input: "_PID=1" is not a field (NAME=value, in capitals)',
    ],
    [
      'what a terminal would obey',
      '\u001b[2J\n\n',
      'record 2 of standard input: "?[2J" is not a field (NAME=value, in capitals)',
    ],
    ['a record that says nothing', 'NVMF_DEVICE=nvme1\n\n', 'record 2 of standard input: it has no MESSAGE'],
    ['a line without end', 'x'.repeat(300_000), 'record 2 of standard input: it has more than 262144 bytes'],
  ])('%s', (_, bad, why) => {
    const { exit, records, kmsg, stderr } = run(JOURNAL, 'takes', { input: good + bad + text([record(1)]) })
    expect({ exit, records, kmsg, stderr }).toEqual({
      exit: 2,
      records: [record(0)],
      kmsg: '',
      stderr: `nvmf-registry-cleanup: ${why}\n`,
    })
  })
  test.each([
    ['in a field', 'MESSAGE=disconnected nvme1\nNVMF_OWNER=st', line(1), 'it is cut off'],
    ['before its empty line', text([record(1)]).slice(0, -1), line(1), 'it is cut off'],
    ['in its text', 'MESSAGE=discon', '', 'it has no MESSAGE'],
  ])('a record that is cut off %s: its line, if that is whole, and not half of the fields', (_, cut, kmsg, why) => {
    expect(run(JOURNAL, 'takes', { input: good + cut })).toEqual({
      exit: 2,
      records: [record(0)],
      kmsg,
      stderr: `nvmf-registry-cleanup: record 2 of standard input: ${why}\n`,
      after: [],
    })
  })
  test('standard input that is closed, a directory or a terminal', () => {
    expect(run(`${JOURNAL} <&-`, 'takes')).toMatchObject({
      exit: 1,
      stderr: 'nvmf-registry-cleanup: standard input cannot be read: Bad file descriptor\n',
    })
    expect(run(`${JOURNAL} </`, 'takes')).toMatchObject({
      exit: 1,
      stderr: 'nvmf-registry-cleanup: standard input cannot be read: Is a directory\n',
    })
    const { stdout } = spawnSync('script', ['-qec', JOURNAL, '/dev/null'], { encoding: 'utf8', timeout: 60_000 })
    expect(stdout).toBe('nvmf-registry-cleanup: records are wanted on standard input, which is a terminal\r\n')
  })
})

test('no signal that ends a whole group of processes comes before the end of the input', async () => {
  const host = cleanupHost()
  const kmsg = `${host.root}/dev/kmsg`
  fifo(kmsg)
  const { O_RDWR, O_NONBLOCK } = constants
  const told = new Socket({ fd: openSync(kmsg, O_RDWR | O_NONBLOCK) })
  const helper = spawn(HELPER, ['--root', host.root, '--journal'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = new Promise(resolve => helper.once('exit', (code, signal) => resolve(code ?? signal)))
  const next = (): Promise<unknown> =>
    Promise.race([ended, new Promise(resolve => told.once('data', data => resolve(String(data))))])

  helper.stdin.write(text([record(0)]))
  // It has begun when a record has come out.
  expect(await next()).toBe(line(0))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) helper.kill(signal)
  helper.stdin.end(text([record(1)]))
  expect(await next()).toBe(line(1))
  expect(await ended).toBe(0)
  told.destroy()
})
