import { spawnSync } from 'node:child_process'
import { mkdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeSys } from '@nvmf/registry-core/node'
import type { ReapSys } from '@nvmf/registry-core/protocol'
import { describe, expect, test } from 'vitest'
import { type CleanupExit, cleanup } from '../src/index.ts'
import type { LogLine } from '../src/messages.ts'
import { kmsgPath, kmsgRecord } from '../src/records.ts'
import { type CleanupHost, cleanupHost, fifo } from './host.ts'

const USAGE = 'usage: nvmf-registry-cleanup [--root DIR] nvmeN (with SEQNUM in the environment), --sweep or --journal'

type Line = Pick<LogLine, 'priority' | 'text'>

interface Ran {
  readonly exit: CleanupExit
  readonly lines: readonly Line[]
  /** The host whose journal each line went to. */
  readonly roots: readonly string[]
}

function run(args: readonly string[], seqnum?: string, sys: ReapSys = nodeSys()): Ran {
  const lines: Line[] = []
  const roots: string[] = []
  const log = (root: string, { priority, text }: LogLine): void => {
    lines.push({ priority, text })
    roots.push(root)
  }
  return { exit: cleanup({ sys, args, seqnum, log }), lines, roots }
}

const onHost = (host: CleanupHost, what: string, seqnum?: string): Ran => run(['--root', host.root, what], seqnum)

/** One line, exit code 0. */
const says = (host: CleanupHost, priority: number, text: string): Ran => ({
  exit: 0,
  lines: [{ priority, text } as Line],
  roots: [host.root],
})

describe('a remove event', () => {
  test('of a controller that is gone removes its entry and says whose it was', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n', seqnum: '101\n', note: 'x\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, 'nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)'),
    )
    expect(host.listing()).toEqual(['run/nvme 40755/', 'run/nvme/registry 40755/'])
  })
  test('of an entry without owner and stamp says none', () => {
    const host = cleanupHost()
    host.put('nvme3', { incarnation: '7\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, 'nvme3: ownership entry removed: the controller is gone (owner=none event=102 stamp=none)'),
    )
  })
  test('of a number that a stranger has got removes the dead entry', () => {
    const host = cleanupHost()
    const incarnation = host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: `${incarnation}\n`, seqnum: '101\n' })
    host.remove('nvme3')
    host.connect('nvme3')
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry removed: another controller has this number now (owner="stas" event=102 stamp=101)',
      ),
    )
    expect(host.listing()).toHaveLength(2)
  })
  test("removes libnvme's entry that is older than the event", () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: '101\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry removed: the entry is older than the removal (owner="stas" event=102 stamp=101)',
      ),
    )
  })
  test('of the predecessor leaves the live entry of a recycled number', () => {
    const host = cleanupHost()
    const incarnation = host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: `${incarnation}\n`, seqnum: '101\n' })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '100')).toEqual(
      says(
        host,
        6,
        'nvme3: ownership entry left: its controller is live: the number was recycled before this event was handled (owner="stas" event=100 stamp=101)',
      ),
    )
    expect(host.listing()).toEqual(before)
  })
  test.each([
    ['newer than the event', '103\n', '103'],
    ['no number', 'abc\n', '"abc"'],
    ['damaged', '', 'none'],
  ])("leaves libnvme's entry of a live number whose stamp is %s", (_, seqnum, stamp) => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, `nvme3: ownership entry left: nothing proves it stale (owner="stas" event=102 stamp=${stamp})`),
    )
    expect(host.listing()).toEqual(before)
  })
  test('leaves a thing in place of an entry, and warns', () => {
    for (const make of [fifo, (path: string) => symlinkSync('/', path), (path: string) => writeFileSync(path, '')]) {
      const host = cleanupHost()
      make(host.path('nvme3'))
      const before = host.listing()
      expect(onHost(host, 'nvme3', '102')).toEqual(
        says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
      )
      expect(host.listing()).toEqual(before)
    }
  })
  test('leaves a live entry whose incarnation is damaged, warns, and names the owner', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', incarnation: '', seqnum: '101\n' })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner="stas" event=102 stamp=101)'),
    )
  })
  test('leaves everything where sysfs is out of reach, and warns', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
    rmSync(join(host.root, 'sys'), { recursive: true })
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(
        host,
        4,
        'nvme3: ownership entry left: /sys/class cannot be read, so nothing can be judged (owner=none event=102 stamp=none)',
      ),
    )
    expect(host.listing()).toEqual(before)
  })
  test('is silent where nothing is registered, and says it where there is no registry', () => {
    const host = cleanupHost()
    expect(onHost(host, 'nvme3', '102')).toEqual({ exit: 0, lines: [], roots: [] })
    host.put('nvme4', { incarnation: `${host.connect('nvme4')}\n` })
    expect(onHost(host, 'nvme3', '102')).toEqual({ exit: 0, lines: [], roots: [] })
    rmSync(join(host.root, 'run'), { recursive: true })
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 6, `nvme3: nothing to do: there is no registry ${host.path()}`),
    )
    expect(host.listing()).toEqual([])
  })
  test('on a host whose registry is a file warns: no entry can be told from that', () => {
    const host = cleanupHost()
    rmSync(host.path(), { recursive: true })
    writeFileSync(host.path(), '')
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
    )
    expect(host.listing()).toEqual(before)
  })
  test('on a host whose registry is a link warns, and removes nothing that is reached through it', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
    renameSync(host.path(), join(host.root, 'run/elsewhere'))
    symlinkSync('../elsewhere', host.path())
    const before = host.listing()
    expect(onHost(host, 'nvme3', '102')).toEqual(
      says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
    )
    expect(host.listing()).toEqual(before)
    expect(onHost(host, '--sweep')).toMatchObject({ exit: 1 })
    expect(host.listing()).toEqual(before)
  })
  test('takes --root behind the device too, and a root that ends in a slash', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'stas\n' })
    expect(run(['nvme3', '--root', `${host.root}/`], '102')).toMatchObject({ exit: 0, roots: [`${host.root}/`] })
    expect(host.listing()).toHaveLength(2)
  })
})

describe('a sweep', () => {
  test('says each entry that it removed and a total; live and unproven ones are not worth a line', () => {
    const host = cleanupHost()
    const live = host.connect('nvme0')
    host.put('nvme0', { owner: 'live\n', incarnation: `${live}\n` })
    host.connect('nvme1')
    host.put('nvme1', { owner: 'past\n', incarnation: '1\n', seqnum: '7\n' })
    host.connect('nvme2')
    host.put('nvme2', { owner: 'libnvme\n', seqnum: '1\n' })
    host.put('nvme10', { incarnation: '1\n' })
    fifo(host.path('nvme11'))
    const namespace = statSync('/proc/self/ns/pid', { bigint: true }).ino
    host.put(`.nvme3.new.${namespace}-${spawnSync('true').pid}-1-aa`, { owner: 'half' })
    host.put('.trash.a1B2c3', {})
    expect(onHost(host, '--sweep')).toEqual({
      exit: 0,
      lines: [
        {
          priority: 6,
          text: 'nvme1: ownership entry removed by sweep: another controller has this number now (owner="past" stamp=7)',
        },
        {
          priority: 6,
          text: 'nvme10: ownership entry removed by sweep: the controller is gone (owner=none stamp=none)',
        },
        { priority: 4, text: 'nvme11: ownership entry left by sweep: it is damaged (owner=none stamp=none)' },
        { priority: 5, text: 'sweep: 2 stale entries and 1 unfinished ones removed, 3 left' },
      ],
      roots: Array.from({ length: 4 }, () => host.root),
    })
    expect(host.listing().map(line => line.split(' ')[0])).toEqual([
      'run/nvme',
      'run/nvme/registry',
      'run/nvme/registry/.trash.a1B2c3',
      'run/nvme/registry/nvme0',
      'run/nvme/registry/nvme0/incarnation',
      'run/nvme/registry/nvme0/owner',
      'run/nvme/registry/nvme11',
      'run/nvme/registry/nvme2',
      'run/nvme/registry/nvme2/owner',
      'run/nvme/registry/nvme2/seqnum',
    ])
  })
  test('is silent when there is nothing to do, and needs no SEQNUM and minds none', () => {
    const host = cleanupHost()
    const nothing = { exit: 0, lines: [], roots: [] }
    expect(onHost(host, '--sweep')).toEqual(nothing)
    expect(onHost(host, '--sweep', 'abc')).toEqual(nothing)
    rmSync(join(host.root, 'run'), { recursive: true })
    expect(onHost(host, '--sweep')).toEqual(says(host, 6, `sweep: nothing to do: there is no registry ${host.path()}`))
  })
  test('without sysfs warns of every entry that it could not judge', () => {
    const host = cleanupHost()
    host.put('nvme3', { incarnation: '7\n' })
    rmSync(join(host.root, 'sys'), { recursive: true })
    expect(onHost(host, '--sweep')).toEqual(
      says(
        host,
        4,
        'nvme3: ownership entry left by sweep: /sys/class cannot be read, so nothing can be judged (owner=none stamp=none)',
      ),
    )
  })
  test('of which one entry fails has said what became of the others', () => {
    const host = cleanupHost()
    for (const device of ['nvme3', 'nvme4', 'nvme5']) host.put(device, { owner: 'stas\n', incarnation: '7\n' })
    const real = nodeSys()
    const unlink: ReapSys['unlink'] = path => {
      const dir = readlinkSync(path.replace(/\/[^/]+$/, ''))
      if (dir.endsWith('nvme4')) throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
      real.unlink(path)
    }
    const { exit, lines } = run(['--root', host.root, '--sweep'], undefined, { ...real, unlink })
    expect({ exit, lines: lines.map(({ text }) => text.slice(0, 25)) }).toEqual({
      exit: 1,
      lines: ['nvme3: ownership entry re', 'nvme5: ownership entry re', 'sweep: EROFS: read-only f'],
    })
  })
  test('of a registry that is a file fails and says so', () => {
    const host = cleanupHost()
    rmSync(host.path(), { recursive: true })
    writeFileSync(host.path(), '')
    expect(onHost(host, '--sweep')).toEqual({
      exit: 1,
      lines: [{ priority: 3, text: `sweep: ${host.path()} is not a directory` }],
      roots: [host.root],
    })
  })
})

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

describe('a record of the kernel log', () => {
  test('is one line with priority and tag, in the log of the host that was cleaned', () => {
    expect(kmsgRecord({ priority: 6, text: 'nvme3: removed' })).toBe('<6>nvmf: nvme3: removed\n')
    expect([kmsgPath('/'), kmsgPath('/host')]).toEqual(['/dev/kmsg', '/host/dev/kmsg'])
  })
  test.each([
    ['of one byte', 'x'],
    ['of four bytes', '𝄞'],
    ['that are quoted', '"'],
    ['that are quoted twice', '\\'],
  ])('has at most 976 bytes with an owner of 1024 characters %s, and still says event and stamp', (_, character) => {
    const host = cleanupHost()
    host.put('nvme2147483647', { owner: `${character.repeat(1024)}\n`, seqnum: '18446744073709551615\n' })
    const { lines } = onHost(host, 'nvme2147483647', '18446744073709551614')
    expect(lines).toHaveLength(1)
    const record = kmsgRecord(lines[0] as Line)
    expect(Buffer.byteLength(record)).toBeLessThanOrEqual(976)
    // Cut between characters: half of one would come back as another.
    expect(Buffer.from(record).toString()).toBe(record)
    expect(record).toContain('…" event=')
    expect(record.match(/\n/g)).toEqual(['\n'])
  })
  test('has at most 976 bytes whatever else is long: a stamp of 4096 bytes, a root of 4000 characters', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: `${'𝄞'.repeat(1024)}\n` })
    const { lines } = onHost(host, 'nvme3', '102')
    expect(Buffer.byteLength(kmsgRecord(lines[0] as Line))).toBeLessThanOrEqual(976)
    const deep = run(['--root', `/${'𝄞'.repeat(4000)}`, '--sweep'])
    expect(deep.exit).toBe(1)
    expect(Buffer.byteLength(kmsgRecord(deep.lines[0] as Line))).toBeLessThanOrEqual(976)
  })
  test('cannot be forged by an owner: what looks like a fact stays within its quotes', () => {
    const host = cleanupHost()
    host.put('nvme3', { owner: 'x" event=9 stamp=9) <3>kernel: panic\n' })
    const { lines } = onHost(host, 'nvme3', '102')
    expect(lines[0]?.text).toBe(
      'nvme3: ownership entry removed: the controller is gone (owner="x\\" event=9 stamp=9) <3>kernel: panic" event=102 stamp=none)',
    )
  })
  test('cannot be forged by a stamp either', () => {
    const host = cleanupHost()
    host.connect('nvme3')
    host.put('nvme3', { owner: 'stas\n', seqnum: '1) (owner="other" event=9\n' })
    expect(onHost(host, 'nvme3', '102').lines[0]?.text).not.toContain('(owner="other"')
  })
})

test('a directory in a dead entry: the entry stays, damaged, and nothing above the directory is touched', () => {
  const host = cleanupHost()
  host.put('nvme3', { owner: 'stas\n', incarnation: '7\n' })
  mkdirSync(host.path('nvme3/sub/sub'), { recursive: true })
  expect(onHost(host, 'nvme3', '102')).toEqual(
    says(host, 4, 'nvme3: ownership entry left: it is damaged (owner=none event=102 stamp=none)'),
  )
  expect(host.listing().map(line => line.split(' ')[0])).toEqual([
    'run/nvme',
    'run/nvme/registry',
    'run/nvme/registry/nvme3',
    'run/nvme/registry/nvme3/incarnation',
    'run/nvme/registry/nvme3/sub',
    'run/nvme/registry/nvme3/sub/sub',
  ])
})
