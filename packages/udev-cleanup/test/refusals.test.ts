import { nodeSys } from '@nvmf/registry-core/node'
import type { ReapSys } from '@nvmf/registry-core/protocol'
import { describe, expect, test } from 'vitest'
import { cleanupHost } from './host.ts'
import { run } from './running.ts'

const USAGE = 'usage: nvmf-registry-cleanup [--root DIR] nvmeN (with SEQNUM in the environment), --sweep or --journal'

describe('called in a way that makes no sense', () => {
  const cases: readonly (readonly [
    what: string,
    args: readonly string[],
    seqnum: string | undefined,
    problem: string,
  ])[] = [
    ['no argument', [], '1', `one device, --sweep or --journal is wanted, not 0 arguments; ${USAGE}`],
    ['two devices', ['nvme3', 'nvme4'], '1', `one device, --sweep or --journal is wanted, not 2 arguments; ${USAGE}`],
    [
      'a device and --sweep',
      ['nvme3', '--sweep'],
      '1',
      `one device, --sweep or --journal is wanted, not 2 arguments; ${USAGE}`,
    ],
    [
      '--root twice',
      ['--root', '/x', 'nvme3'],
      '1',
      `one device, --sweep or --journal is wanted, not 3 arguments; ${USAGE}`,
    ],
    ['an option', ['--help'], '1', `"--help" is not a controller's name; ${USAGE}`],
    ['--root=DIR in one word', ['--root=/x'], '1', `"--root=/x" is not a controller's name; ${USAGE}`],
    ...['', 'nvme', 'nvme03', 'nvme3n1', '/dev/nvme3', '../nvme3', 'nvme3/', 'nvme3\n', 'nvme2147483648'].map(
      name =>
        [
          `the name ${JSON.stringify(name)}`,
          [name],
          '1',
          `${JSON.stringify(name)} is not a controller's name; ${USAGE}`,
        ] as const,
    ),
    ['no SEQNUM', ['nvme3'], undefined, `nvme3: no SEQNUM in the environment; ${USAGE}`],
    ...['', 'abc', '-1', '1 ', '1\n2', '0x1', '1.5', '123456789012345678901'].map(
      seqnum =>
        [
          `the SEQNUM ${JSON.stringify(seqnum)}`,
          ['nvme3'],
          seqnum,
          `nvme3: SEQNUM ${JSON.stringify(seqnum)} is not a number`,
        ] as const,
    ),
  ]
  test.each(cases)('%s: exit code 2, one line, nothing touched', (_, args, seqnum, problem) => {
    const made = cleanupHost()
    // Something that a wrong reading of the arguments would remove.
    made.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
    const before = made.listing()
    expect(run(['--root', made.root, ...args], seqnum)).toEqual({
      exit: 2,
      lines: [{ priority: 3, text: problem }],
      roots: [made.root],
    })
    expect(made.listing()).toEqual(before)
  })
  test.each([
    ['without a value', ['nvme3', '--root']],
    ['with a relative path', ['--root', 'x', 'nvme3']],
    ['with an empty path', ['--root', '', 'nvme3']],
    ['followed by an option', ['--root', '--sweep']],
  ])('--root %s: exit code 2 and no system call at all', (_, args) => {
    const none = new Proxy({} as ReapSys, {
      get: (_target, call) => {
        throw new Error(`${String(call)} was called`)
      },
    })
    expect(run(args, '1', none)).toEqual({
      exit: 2,
      lines: [{ priority: 3, text: `--root wants an absolute path; ${USAGE}` }],
      roots: ['/'],
    })
  })
})

const failing = (thrown: unknown): ReapSys => ({
  ...nodeSys(),
  openDir: () => {
    throw thrown
  },
})

describe('a system call that fails', () => {
  test.each([
    [
      'an errno',
      Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }),
      'EMFILE: too many open files',
    ],
    ['a bug', new TypeError('x is not a function'), 'x is not a function'],
    ['not even an error', 'text', 'text'],
  ])('(%s) gives exit code 1 and one line, never a stack', (_, thrown, message) => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n' })
    for (const [what, seqnum] of [
      ['nvme3', '102'],
      ['--sweep', undefined],
    ] as const)
      expect(run(['--root', host.root, what], seqnum, failing(thrown))).toEqual({
        exit: 1,
        lines: [{ priority: 3, text: `${what === '--sweep' ? 'sweep' : what}: ${message}` }],
        roots: [host.root],
      })
  })
})
