import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BUILDS, type Command, NODE, needBuilds } from './builds.ts'
import { type CleanupHost, cleanupHost, fifo } from './host.ts'

/** Needs Linux on x86-64, and what {@link needBuilds} looks for. No root. */
needBuilds()

interface Ran {
  readonly exit: number | null
  readonly kmsg: string
  readonly listing: readonly string[]
}

/** The time-out is a safety net: nothing here may wait, and a run that it ended has exit code null. */
function run(command: Command, host: CleanupHost, args: readonly string[], seqnum: string | undefined): Ran {
  const kmsg = join(host.root, 'dev/kmsg')
  if (!existsSync(kmsg)) writeFileSync(kmsg, '')
  const [program, ...before] = command
  const env = { PATH: process.env['PATH'] ?? '', ...(seqnum === undefined ? {} : { SEQNUM: seqnum }) }
  const { status } = spawnSync(program, [...before, '--root', host.root, ...args], { env, timeout: 30_000 })
  return {
    exit: status,
    kmsg: readFileSync(kmsg, 'utf8').replaceAll(host.root, '<root>'),
    listing: host.listing(),
  }
}

const OWNED = { owner: 'stas\n', seqnum: '101\n' }
const register = (host: CleanupHost, files: Record<string, string> = {}): void =>
  host.put('nvme3', { ...OWNED, incarnation: '7\n', ...files })
/** An absolute link: it leads out of every root, also to where nothing is. */
function putLink(root: string, path: string): void {
  rmSync(join(root, path), { recursive: true })
  symlinkSync('/no/such/place', join(root, path))
}
const namespace = statSync('/proc/self/ns/pid').ino
/** Another one's: nothing can be told of its processes. */
const foreign = namespace + 1
/** Tokens of writers: of one that has ended, of one that lives, and of one of whom nothing can be told. */
const ENDED = `${namespace}-${spawnSync('true').pid}-aa`
const OTHERS = [`${namespace}-${process.pid}-bb`, `${foreign}-${spawnSync('true').pid}-cc`].toSorted()

interface Situation {
  readonly name: string
  prepare(host: CleanupHost): void
  readonly args?: readonly string[]
  /** null: none in the environment. */
  readonly seqnum?: string | null
  readonly exit: number
  /** The start of the kernel log's line; undefined: silent. */
  readonly says?: string
  /** What is left in the registry, by name; undefined: all that was there. */
  readonly left?: readonly string[]
}

const SITUATIONS: readonly Situation[] = [
  { name: 'nothing registered', prepare: () => {}, exit: 0 },
  {
    name: 'no registry',
    prepare: host => rmSync(join(host.root, 'run'), { recursive: true }),
    exit: 0,
    says: '<6>nvmf: nvme3: nothing to do: there is no registry <root>/run/nvme/registry\n',
  },
  {
    name: 'a controller that is gone',
    prepare: host => register(host, { note: 'grüße\n', 'note.tmp.a1B2c3': 'half' }),
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)\n',
    left: [],
  },
  {
    name: 'a registry behind a link out of the root',
    prepare: host => {
      register(host)
      putLink(host.root, 'run')
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: ',
  },
  {
    name: 'a sweep of a registry behind a link out of the root',
    prepare: host => {
      register(host)
      putLink(host.root, 'run/nvme')
    },
    args: ['--sweep'],
    seqnum: null,
    exit: 1,
    says: '<3>nvmf: sweep: <root>/run/nvme is a link that leads out of <root>\n',
  },
  {
    name: 'a controller behind a link out of the root',
    prepare: host => {
      register(host)
      symlinkSync('/no/such/controller', join(host.root, 'sys/class/nvme/nvme3'))
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: ',
  },
  {
    name: 'a registry behind a link within the root',
    prepare: host => {
      register(host)
      renameSync(join(host.root, 'run/nvme'), join(host.root, 'elsewhere'))
      symlinkSync('../elsewhere', join(host.root, 'run/nvme'))
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)\n',
    left: [],
  },
  {
    name: 'a number that was recycled',
    prepare: host => {
      host.connect('nvme3')
      register(host)
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: another controller has this number now (owner="stas"',
    left: [],
  },
  {
    name: 'a live controller',
    prepare: host => register(host, { incarnation: `${host.connect('nvme3')}\n` }),
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry left: its controller is live',
  },
  {
    name: "libnvme's entry, older than the event",
    prepare: host => {
      host.connect('nvme3')
      host.put('nvme3', OWNED)
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the entry is older than the removal',
    left: [],
  },
  {
    name: "libnvme's entry, newer than the event by one beyond 2^53",
    prepare: host => {
      host.connect('nvme3')
      host.put('nvme3', { owner: 'stas\n', seqnum: '9007199254740993\n' })
    },
    seqnum: '9007199254740992',
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry left: nothing proves it stale',
  },
  {
    name: "libnvme's entry with a stamp that does not parse",
    prepare: host => {
      host.connect('nvme3')
      host.put('nvme3', { owner: 'stas\n', seqnum: 'abc\n' })
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry left: nothing proves it stale (owner="stas" event=102 stamp="abc")\n',
  },
  {
    name: "libnvme's entry with an empty stamp",
    prepare: host => {
      host.connect('nvme3')
      host.put('nvme3', { owner: 'stas\n', seqnum: '' })
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry left: nothing proves it stale (owner="stas" event=102 stamp=none)\n',
  },
  {
    name: 'a FIFO as owner and as incarnation of a live number',
    prepare: host => {
      host.connect('nvme3')
      mkdirSync(host.path('nvme3'))
      fifo(host.path('nvme3/owner'))
      fifo(host.path('nvme3/incarnation'))
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: it is damaged (owner=none',
  },
  {
    name: 'a FIFO as owner of a dead one',
    prepare: host => {
      mkdirSync(host.path('nvme3'))
      fifo(host.path('nvme3/owner'))
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner=none',
    left: [],
  },
  {
    name: 'links in a dead entry, which are removed and not followed',
    prepare: host => {
      register(host)
      writeFileSync(host.path('outside'), 'stays')
      mkdirSync(host.path('directory'))
      symlinkSync('../outside', host.path('nvme3/link'))
      symlinkSync('../directory', host.path('nvme3/dirlink'))
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone',
    left: ['directory', 'outside'],
  },
  {
    name: 'a link in place of the entry',
    prepare: host => {
      host.put('elsewhere', OWNED)
      symlinkSync('elsewhere', host.path('nvme3'))
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: it is damaged',
  },
  {
    name: 'a file in place of the entry',
    prepare: host => writeFileSync(host.path('nvme3'), ''),
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: it is damaged',
  },
  {
    name: 'a directory that holds something, in a dead entry',
    prepare: host => {
      register(host)
      mkdirSync(host.path('nvme3/sub/sub'), { recursive: true })
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: it is damaged',
    left: ['nvme3', 'nvme3/incarnation', 'nvme3/sub', 'nvme3/sub/sub'],
  },
  {
    name: 'an owner of 4096 bytes, in four-byte characters',
    prepare: host => register(host, { owner: `${'𝄞'.repeat(1024)}\n` }),
    exit: 0,
    says: `<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner="${'𝄞'.repeat(63)}…" event=102`,
    left: [],
  },
  {
    name: 'an owner of two lines and a stamp of a MiB in a dead entry',
    prepare: host => register(host, { owner: 'a\nb\n', seqnum: 'x'.repeat(1 << 20) }),
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner=none event=102 stamp=none)\n',
    left: [],
  },
  {
    name: 'no sysfs',
    prepare: host => {
      register(host)
      rmSync(join(host.root, 'sys'), { recursive: true })
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: /sys/class cannot be read',
  },
  {
    name: 'a sweep over everything',
    prepare: host => {
      register(host)
      host.put('nvme10', { incarnation: '1\n' })
      fifo(host.path('nvme11'))
      const live = host.connect('nvme2')
      host.put(`.nvme2.new.${live}.${ENDED}`, { owner: 'half' })
      host.put(`.nvme3.new.1.${foreign}-1-aa`, {})
      host.put('.trash.a1B2c3', {})
      host.put('.trash.x', { owner: 'half' })
    },
    args: ['--sweep'],
    seqnum: null,
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed by sweep: the controller is gone (owner="stas" stamp=101)\n',
    left: ['.trash.x', '.trash.x/owner', 'nvme11'],
  },
  {
    name: 'a sweep of a live entry: of attributes that are not finished, the one goes whose writer has ended',
    prepare: host => {
      register(host, { incarnation: `${host.connect('nvme3')}\n` })
      for (const writer of [ENDED, ...OTHERS]) host.put('nvme3', { [`note.tmp.${writer}`]: 'half' })
    },
    args: ['--sweep'],
    seqnum: null,
    exit: 0,
    says: '<5>nvmf: sweep: 0 stale entries and 1 unfinished ones removed, 1 left\n',
    left: ['', '/incarnation', ...OTHERS.map(writer => `/note.tmp.${writer}`), '/owner', '/seqnum'].map(
      name => `nvme3${name}`,
    ),
  },
  {
    name: 'a dead entry that its owner has released',
    prepare: host => {
      register(host)
      rmSync(host.path('nvme3/owner'))
      symlinkSync('.released', host.path('nvme3/owner'))
      symlinkSync(ENDED, host.path('nvme3/owner.tmp.step-1'))
    },
    exit: 0,
    says: '<6>nvmf: nvme3: ownership entry removed: the controller is gone (owner=none event=102 stamp=101)\n',
    left: [],
  },
  {
    name: 'an incarnation that is no number, of a live controller',
    prepare: host => {
      host.connect('nvme3')
      register(host, { incarnation: '007\n' })
    },
    exit: 0,
    says: '<4>nvmf: nvme3: ownership entry left: it is damaged',
  },
  {
    name: 'a sweep of a registry that is a file',
    prepare: host => {
      rmSync(host.path(), { recursive: true })
      writeFileSync(host.path(), '')
    },
    args: ['--sweep'],
    exit: 1,
    says: '<3>nvmf: sweep: <root>/run/nvme/registry is not a directory\n',
  },
  {
    name: 'no argument',
    prepare: register,
    args: [],
    exit: 2,
    says: '<3>nvmf: one device, --sweep or --journal is wanted, not 0',
  },
  {
    name: 'two devices',
    prepare: register,
    args: ['nvme3', 'nvme4'],
    exit: 2,
    says: '<3>nvmf: one device, --sweep or',
  },
  { name: 'a bad name', prepare: register, args: ['../nvme3'], exit: 2, says: '<3>nvmf: "../nvme3" is not a cont' },
  { name: 'no SEQNUM', prepare: register, seqnum: null, exit: 2, says: '<3>nvmf: nvme3: no SEQNUM in the environ' },
  { name: 'a bad SEQNUM', prepare: register, seqnum: '1e3', exit: 2, says: '<3>nvmf: nvme3: SEQNUM "1e3" is not a' },
]

const names = (listing: readonly string[]): (string | undefined)[] => listing.map(line => line.split(' ')[0])

describe('the native helper, for either machine, and the Node one give the same exit code, registry and log line', () => {
  test.each(SITUATIONS)('$name', situation => {
    const ran = (command: Command): { before: readonly string[]; after: Ran } => {
      const host = cleanupHost()
      situation.prepare(host)
      const seqnum = situation.seqnum === null ? undefined : (situation.seqnum ?? '102')
      return { before: host.listing(), after: run(command, host, situation.args ?? ['nvme3'], seqnum) }
    }
    const { before, after } = ran(NODE)
    for (const [build, native] of BUILDS) expect({ build, ...ran(native).after }).toEqual({ build, ...after })
    expect(after.exit).toBe(situation.exit)
    expect(after.kmsg.slice(0, situation.says?.length)).toBe(situation.says ?? '')
    const left = situation.left?.map(name => `run/nvme/registry/${name}`)
    expect(left === undefined ? after.listing : names(after.listing).slice(2)).toEqual(left ?? before)
  })

  test('an empty directory in a dead entry', () => {
    const after = BUILDS.map(([, command]) => command)
      .concat([NODE])
      .map(command => {
        const host = cleanupHost()
        register(host)
        mkdirSync(host.path('nvme3/sub'))
        return run(command, host, ['nvme3'], '102')
      })
    for (const ran of after) expect(ran).toEqual(after[0])
  })
})

describe.each([...BUILDS, ['in Node', NODE, 0] as const])('the helper %s', (_, command) => {
  test.each([
    ['makes no file where there is no kernel log', () => {}, []],
    ['does not wait where a FIFO is in its place', (host: CleanupHost) => fifo(join(host.root, 'dev/kmsg')), ['kmsg']],
  ])('%s, and says it on stderr instead', (_what, prepare, inDev) => {
    const host = cleanupHost()
    register(host)
    prepare(host)
    const [program, ...before] = command
    const { status, stdout, stderr } = spawnSync(program, [...before, '--root', host.root, 'nvme3'], {
      env: { SEQNUM: '102' },
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: '',
      stderr:
        'nvmf-registry-cleanup: nvme3: ownership entry removed: the controller is gone (owner="stas" event=102 stamp=101)\n',
    })
    expect(readdirSync(join(host.root, 'dev'))).toEqual(inDev)
  })
})

describe.each(BUILDS)('the native helper %s', (_build, native, machine) => {
  test('is one static executable: no interpreter and nothing to link at run time', () => {
    const elf = readFileSync(native.at(-1) as string)
    expect(elf.subarray(0, 5)).toEqual(Buffer.from('\x7fELF\x02', 'latin1'))
    expect(elf.readUInt16LE(18)).toBe(machine)
    const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)]
    const types = Array.from({ length: count }, (_, nth) => elf.readUInt32LE(start + nth * size))
    const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3]
    expect(types).toContain(PT_LOAD)
    expect(types).not.toContain(PT_DYNAMIC)
    expect(types).not.toContain(PT_INTERP)
  })
  test('closes what it opens: it sweeps 300 entries with few descriptors, damaged and live ones among them', () => {
    const host = cleanupHost()
    for (let instance = 0; instance < 300; instance++) {
      const device = `nvme${instance}`
      const live = instance % 3 === 0 ? host.connect(device) : '7'
      host.put(device, { owner: 'stas\n', incarnation: instance % 6 === 0 ? '' : `${live}\n` })
    }
    const { exit, kmsg, listing } = run(
      ['/bin/sh', '-c', 'ulimit -n 12; exec "$0" "$@"', ...native],
      host,
      ['--sweep'],
      undefined,
    )
    expect(exit).toBe(0)
    expect(kmsg).toContain('<5>nvmf: sweep: 200 stale entries and 0 unfinished ones removed, 100 left\n')
    expect(listing.filter(line => line.endsWith('/'))).toHaveLength(102)
  })
  test('needs nothing of its environment but SEQNUM: no PATH, no HOME, any working directory', () => {
    const host = cleanupHost()
    register(host)
    const [program, ...before] = native
    const { status } = spawnSync(program, [...before, '--root', host.root, 'nvme3'], {
      env: { SEQNUM: '102' },
      cwd: '/',
      timeout: 30_000,
    })
    expect(status).toBe(0)
    expect(names(host.listing())).toEqual(['run/nvme', 'run/nvme/registry'])
  })
})
