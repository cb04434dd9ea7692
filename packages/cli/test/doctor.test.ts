import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FabricsError } from '@nvmf/fabrics-connect'
import { Registry, RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { unusable } from '../src/doctor/checks/host-identity.ts'
import { examine, type Report } from '../src/doctor/examine.ts'
import type { Host } from '../src/doctor/host.ts'
import { doctorHost } from '../src/node/doctor-host.ts'
import { controllerFiles, type Files, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const RULES = 'usr/lib/udev/rules.d'
const HELPER = 'usr/lib/udev/nvmf-registry-cleanup'
const SWEEP = 'nvmf-registry-sweep.service'
const IMAGE = 'boot/initrd.img-6.12.1'
const UUID = '0d5ae6f2-4a1c-4a0e-9d0a-6b7c0f0a1e11'

const NONE = { leftovers: [], unreadable: false }

/** A host where everything is in place. */
const WELL: Files = {
  'dev/nvme-fabrics': '',
  'run/udev/control': '',
  [`${RULES}/70-nvmf-ownership.rules`]:
    '# RUN+="/never"\nACTION=="remove", RUN+="/usr/lib/udev/nvmf-registry-cleanup %k"\n',
  [HELPER]: '',
  [`usr/lib/systemd/system/${SWEEP}`]: '[Unit]\n',
  [`etc/systemd/system/multi-user.target.wants/${SWEEP}`]: '',
  'etc/nvme/hostid': `${UUID}\n`,
  'proc/sys/kernel/osrelease': '6.12.1\n',
  [IMAGE]: '',
  ...controllerFiles('nvme1', { transport: 'tcp', state: 'live' }),
  'run/nvme/registry/nvme1/owner': 'stas\n',
}

function healthy(): string {
  const root = hostByHand(WELL)
  chmodSync(join(root, HELPER), 0o755)
  // Made after everything else.
  utimesSync(join(root, IMAGE), 4e9, 4e9)
  return root
}

/** The findings that are not ok, as lines. */
const complaints = (report: Report): string[] =>
  report
    .filter(({ state }) => state !== 'ok')
    .map(({ check, state, message, remedy }) => `${state} ${check}: ${message} -> ${remedy}`)

function complaintsAbout(root: string, host: Partial<Host> = {}): string[] {
  return complaints(
    examine({ host: { ...doctorHost(root), ...host }, registry: new Registry({ root }), root, announcements: NONE }),
  )
}

/** Each makes a healthy host ill in one way; what the doctor says of it. */
const ILLS: readonly [string, (root: string, at: (path: string) => string) => void, string][] = [
  [
    'no module',
    (_, at) => rmSync(at('dev/nvme-fabrics')),
    'problem module: nvme-fabrics is not loaded -> modprobe nvme-fabrics',
  ],
  [
    'a registry that others may write',
    (_, at) => chmodSync(at('run/nvme/registry'), 0o777),
    'problem directory: others may write /run/nvme/registry (mode 0777) -> chmod 0755 /run/nvme/registry',
  ],
  [
    'a registry that monitors cannot read',
    (_, at) => chmodSync(at('run/nvme'), 0o700),
    'warning directory: not everybody may read /run/nvme (mode 0700) -> chmod 0755 /run/nvme',
  ],
  [
    'no rule',
    (_, at) => rmSync(at(`${RULES}/70-nvmf-ownership.rules`)),
    'problem rule: no udev rule removes the entries of dead controllers -> install the package nvmf-registry',
  ],
  [
    'a masked rule',
    (_, at) => void link('/dev/null', at('etc/udev/rules.d/70-nvmf-ownership.rules')),
    'problem rule: the udev rule is switched off by /etc/udev/rules.d/70-nvmf-ownership.rules -> rm /etc/udev/rules.d/70-nvmf-ownership.rules',
  ],
  [
    'a rule that does nothing',
    (_, at) => writeFileSync(at(`${RULES}/70-nvmf-ownership.rules`), '# nothing\n'),
    "problem rule: /usr/lib/udev/rules.d/70-nvmf-ownership.rules starts no helper -> rm /usr/lib/udev/rules.d/70-nvmf-ownership.rules if it is not the package's, else reinstall it",
  ],
  [
    'no udevd',
    (_, at) => rmSync(at('run/udev/control')),
    'problem udevd: udevd is not running (no /run/udev/control) -> systemctl start systemd-udevd; in a container, ask its host',
  ],
  [
    'no helper',
    (_, at) => rmSync(at(HELPER)),
    `problem helper: /${HELPER} is missing -> install the package nvmf-registry`,
  ],
  [
    'a helper that may not run',
    (_, at) => chmodSync(at(HELPER), 0o644),
    `problem helper: /${HELPER} may not be executed -> chmod 0755 /${HELPER}`,
  ],
  [
    'no sweep',
    (_, at) => rmSync(at(`usr/lib/systemd/system/${SWEEP}`)),
    `warning sweep: there is no ${SWEEP} -> install the package nvmf-registry`,
  ],
  [
    'a masked sweep',
    (_, at) => void link('/dev/null', at(`etc/systemd/system/${SWEEP}`)),
    `warning sweep: ${SWEEP} is masked by /etc/systemd/system/${SWEEP} -> systemctl unmask ${SWEEP}`,
  ],
  [
    'a sweep that is masked until the next boot',
    (_, at) => {
      rmSync(at(`usr/lib/systemd/system/${SWEEP}`))
      link('/dev/null', at(`run/systemd/system/${SWEEP}`))
    },
    `warning sweep: ${SWEEP} is masked by /run/systemd/system/${SWEEP} -> systemctl unmask --runtime ${SWEEP}`,
  ],
  [
    'a disabled sweep',
    (_, at) => rmSync(at(`etc/systemd/system/multi-user.target.wants/${SWEEP}`)),
    `warning sweep: ${SWEEP} is not enabled -> systemctl enable ${SWEEP}`,
  ],
  [
    "libnvme's rule",
    (_, at) => writeFileSync(at(`${RULES}/70-nvmf-registry.rules`), 'ACTION=="remove"\n'),
    "warning libnvme-rule: /usr/lib/udev/rules.d/70-nvmf-registry.rules, libnvme's rule, may remove the entry of a controller that was just connected -> ln -sf /dev/null /etc/udev/rules.d/70-nvmf-registry.rules",
  ],
  [
    'a stale entry',
    (_, at) => rmSync(at('sys/class/nvme/nvme1'), { recursive: true }),
    'warning entries: stale entries: nvme1 -> nvmf registry gc',
  ],
  [
    'a damaged entry',
    (_, at) => writeFileSync(at('run/nvme/registry/nvme1/owner'), ''),
    'problem entries: damaged entries: nvme1 -> nvmf registry list --all says why; nvmf registry delete nvme1 removes one',
  ],
  [
    'an entry that is a file',
    (_, at) => {
      rmSync(at('run/nvme/registry/nvme1'), { recursive: true })
      writeFileSync(at('run/nvme/registry/nvme1'), '')
    },
    'problem entries: damaged entries: nvme1 -> nvmf registry list --all says why; rm /run/nvme/registry/nvme1 removes one',
  ],
  [
    'an owner that is a directory',
    (_, at) => {
      rmSync(at('run/nvme/registry/nvme1/owner'))
      mkdirSync(at('run/nvme/registry/nvme1/owner'))
    },
    'problem entries: damaged entries: nvme1 -> nvmf registry list --all says why; rm -r /run/nvme/registry/nvme1 removes one',
  ],
  [
    'a directory in an entry',
    (_, at) => mkdirSync(at('run/nvme/registry/nvme1/note')),
    'warning entries: the entry of nvme1 has a directory in it, or a name that is not UTF-8: it cannot be removed -> rm -r /run/nvme/registry/nvme1/note',
  ],
  [
    'a damaged attribute',
    (_, at) => writeFileSync(at('run/nvme/registry/nvme1/note'), 'a\nb\n'),
    'warning entries: damaged attributes: note of nvme1 -> nvmf registry list says why; nvmf registry delete nvme1 -a note removes one',
  ],
  [
    'an unfinished attribute',
    (_, at) => writeFileSync(at('run/nvme/registry/nvme1/note.tmp.1-2-aa'), ''),
    'note entries: unfinished, as a process is at it or was killed: nvme1/note.tmp.1-2-aa -> nvmf registry gc removes what no process goes on with; the rest does no harm',
  ],
  [
    'many unfinished things',
    (_, at) => {
      for (const name of ['.nvme1.new.7.1-2-aa', '.nvme1.tmp.a1B2c3', '.nvme2.new.7.1-2-ab', '.trash.a1B2c3'])
        mkdirSync(at(`run/nvme/registry/${name}`))
    },
    'note entries: unfinished, as a process is at it or was killed: .nvme1.new.7.1-2-aa, .nvme1.tmp.a1B2c3, .nvme2.new.7.1-2-ab and 1 more -> nvmf registry gc removes what no process goes on with; the rest does no harm',
  ],
  [
    'a hostid that is none',
    (_, at) => writeFileSync(at('etc/nvme/hostid'), 'me\n'),
    'problem host-identity: /etc/nvme/hostid: must be a UUID -> write a UUID into /etc/nvme/hostid',
  ],
  [
    'a hostnqn of another UUID',
    (_, at) => writeFileSync(at('etc/nvme/hostnqn'), `nqn.2014-08.org.nvmexpress:uuid:1${UUID.slice(1)}\n`),
    `note host-identity: hostnqn and hostid name different UUIDs (nqn.2014-08.org.nvmexpress:uuid:1${UUID.slice(1)}, ${UUID}) -> make /etc/nvme/hostid that of /etc/nvme/hostnqn`,
  ],
  [
    'a hostnqn without a hostid',
    (_, at) => {
      rmSync(at('etc/nvme/hostid'))
      writeFileSync(at('etc/nvme/hostnqn'), 'nqn.2026-01.example:me\n')
    },
    'problem host-identity: no hostid is given or configured that goes with the hostnqn -> write a UUID into /etc/nvme/hostid',
  ],
  [
    'a hostnqn that is none',
    (_, at) => writeFileSync(at('etc/nvme/hostnqn'), 'a,b\n'),
    'problem host-identity: /etc/nvme/hostnqn: must not contain a comma -> repair that file',
  ],
  [
    'no identity',
    (_, at) => rmSync(at('etc/nvme/hostid')),
    "warning host-identity: the kernel's own host NQN is used, another one after each boot -> mkdir -p /etc/nvme && nvmf gen-hostnqn >/etc/nvme/hostnqn",
  ],
  [
    'an initramfs from before',
    (_, at) => utimesSync(at(IMAGE), 1, 1),
    `note initramfs: /${IMAGE} is older than the rule and cannot have it; the sweep at boot makes up for that -> update-initramfs -u -k 6.12.1`,
  ],
]

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

test('a healthy host gives no complaint', () => {
  expect(complaintsAbout(healthy())).toEqual([])
})

test.each(ILLS)('%s', (_, makeIll, complaint) => {
  const root = healthy()
  makeIll(root, path => join(root, path))
  expect(complaintsAbout(root, { asRoot: true })).toEqual([complaint])
})

test.each([
  ['there', '/run/nvme/registry', () => {}],
  ['not there yet', '/run/nvme', (root: string) => rmSync(join(root, 'run/nvme/registry'), { recursive: true })],
  ['not there, nor anything of NVMe', '/run', (root: string) => rmSync(join(root, 'run/nvme'), { recursive: true })],
])('a registry that is %s on a read-only file system', (_, mounted, prepare) => {
  const root = healthy()
  prepare(root)
  expect(complaintsAbout(root, { readOnly: path => path === mounted })).toEqual([
    `problem directory: ${mounted} is mounted read-only -> mount it read-write; in a container, the host's /run/nvme`,
  ])
})

test('a host identity that an ordinary user may not read is not to be repaired', () => {
  const cause = Object.assign(new Error('EACCES'), { code: 'EACCES' })
  const error = new FabricsError('no-host-identity', '/etc/nvme/hostid cannot be read (EACCES)', { cause })
  const of = (asRoot: boolean): string | undefined => unusable(error, asRoot).remedy
  expect([of(false), of(true)]).toEqual(['run it as root', 'repair that file'])
})

/** A healthy host, but for the module. */
function unloaded(): string {
  const root = healthy()
  rmSync(join(root, 'dev/nvme-fabrics'))
  return root
}

/** This host, and what its modprobe says. */
const here = (says: string | undefined): Partial<Host> => ({
  here: true,
  run: (path, args) =>
    path === '/sbin/modprobe' && args.join(' ') === '--dry-run --quiet nvme-fabrics' ? says : undefined,
})

describe('a module that is not loaded', () => {
  test('is loaded by nvmf connect, if modprobe finds it', () =>
    expect(complaintsAbout(unloaded(), here(undefined))).toEqual([]))

  test.each(['exit code 1', 'ENOENT'])('that modprobe does not load: %s', says =>
    expect(complaintsAbout(unloaded(), here(says))).toEqual([
      `problem module: nvme-fabrics is not loaded, and /sbin/modprobe cannot load it: ${says} -> install this kernel's modules, or reboot if it was upgraded; in a container, modprobe nvme-fabrics on its host`,
    ]),
  )

  test('cannot be loaded once the kernel is told to load no more', () => {
    const root = unloaded()
    writeFileSync(join(root, 'proc/sys/kernel/modules_disabled'), '1\n')
    expect(complaintsAbout(root, here(undefined))).toEqual([
      'problem module: nvme-fabrics is not loaded, and the kernel loads no modules (kernel.modules_disabled) -> echo nvme-fabrics >/etc/modules-load.d/nvme-fabrics.conf, and reboot',
    ])
  })

  test('and is, but has no device', () => {
    const root = unloaded()
    mkdirSync(join(root, 'sys/module/nvme_fabrics'), { recursive: true })
    expect(complaintsAbout(root, here(undefined))).toEqual([
      'problem module: nvme-fabrics is loaded, and /dev/nvme-fabrics is missing -> mount devtmpfs at /dev, or start udevd',
    ])
  })
})

describe('the helper is run on the host itself only', () => {
  test('and must end well', () => {
    const asked: unknown[] = []
    const host = {
      here: true,
      run: (...call: unknown[]) => {
        asked.push(call)
        return 'ENOEXEC'
      },
    }
    expect(complaintsAbout(healthy(), host)).toEqual([
      `problem helper: /${HELPER} does not run: ENOEXEC -> install the package nvmf-registry of this machine's architecture`,
    ])
    expect(asked).toEqual([[`/${HELPER}`, ['--root', '/nonexistent', '--sweep']]])
  })

  test.each([
    ['/bin/true', undefined],
    ['/bin/false', 'exit code 1'],
    ['/nonexistent', 'ENOENT'],
  ])('%s: %s', (program, trouble) => expect(doctorHost('/').run(program, [])).toBe(trouble))
})

test('what cannot be looked at is a problem, and the rest is looked at all the same', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  const host: Partial<Host> = {
    asRoot: false,
    look: () => {
      throw denied
    },
  }
  const said = complaintsAbout(healthy(), host)
  expect(said).toContain('problem module: EACCES: permission denied -> run it as root')
  expect(said.some(line => line.includes('host-identity'))).toBe(false)
})

test('a /proc that is not its own is what has to be repaired, also by root', () => {
  const root = healthy()
  const announcements = new RegistryError('no-proc', "/proc/self/fd is not this process's own")
  const report = examine({
    host: { ...doctorHost(root), asRoot: true },
    registry: new Registry({ root }),
    root,
    announcements,
  })
  expect(complaints(report)).toEqual([
    "problem announcements: /proc/self/fd is not this process's own -> mount proc at /proc in this mount namespace; after nsenter -m also enter the pid namespace (nsenter -m -p)",
  ])
})

test('the command: a line each, an exit code for monitoring, JSON', async () => {
  const root = healthy()
  const said = await runWith(['doctor', '--root', root])
  expect(said.exit).toBe(0)
  await expect(said.stdout).toMatchFileSnapshot('./golden/doctor.txt')
  rmSync(join(root, 'dev/nvme-fabrics'))
  const ill = await runWith(['doctor', '--root', root, '-o', 'json'])
  expect(ill.exit).toBe(10)
  const { version, healthy: well, checks } = JSON.parse(ill.stdout)
  expect({ version, well }).toEqual({ version: 1, well: false })
  expect(checks[0]).toEqual({
    check: 'module',
    state: 'problem',
    message: 'nvme-fabrics is not loaded',
    remedy: 'modprobe nvme-fabrics',
  })
  expect(await runWith(['doctor', '--root', root, '--quiet'])).toMatchObject({ stdout: '', stderr: '', exit: 10 })
})

test('the command on a terminal: what to do is below what is so, if both do not fit', async () => {
  const root = healthy()
  rmSync(join(root, 'run/udev/control'))
  rmSync(join(root, 'etc/nvme/hostid'))
  writeFileSync(join(root, 'etc/nvme/hostnqn'), `nqn.2014-08.org.nvmexpress:uuid:${UUID}\n`)
  rmSync(join(root, 'dev/nvme-fabrics'))
  utimesSync(join(root, IMAGE), 1, 1)
  const on = async (columns: number): Promise<string> =>
    (await runWith(['doctor', '--root', root], 'none', { columns, colour: false })).stdout
  await expect(await on(80)).toMatchFileSnapshot('./golden/doctor-80.txt')
  expect(await on(200)).toBe((await runWith(['doctor', '--root', root])).stdout)
})

test('advice about another host is not to be followed here', async () => {
  const root = healthy()
  expect((await runWith(['doctor', '--root', root])).stderr).toBe('')
  rmSync(join(root, 'run/udev/control'))
  expect((await runWith(['doctor', '--root', root])).stderr).toBe(
    `nvmf: doctor: what to do is meant for the host in ${root}, not for this one\n`,
  )
})

describe('the advice on a damaged entry repairs it', () => {
  test.each<[string, (entry: string) => void]>([
    ['empty', entry => writeFileSync(join(entry, 'owner'), '')],
    ['a FIFO', entry => void execFileSync('mkfifo', [remade(join(entry, 'owner'))])],
    ['a link', entry => symlinkSync('/etc/passwd', remade(join(entry, 'owner')))],
    ['a directory', entry => mkdirSync(remade(join(entry, 'owner')))],
    ['no owner of an entry, but a file', entry => writeFileSync(remade(entry), '')],
    ['no owner of an entry, but a link', entry => symlinkSync('/etc', remade(entry))],
    ['fine, and an attribute of it empty', entry => writeFileSync(join(entry, 'note'), '')],
    ['fine, and an attribute of it a directory', entry => mkdirSync(join(entry, 'note'))],
    ['fine, with a directory of no attribute beside it', entry => mkdirSync(join(entry, 'a b'))],
    [
      'fine, with a name beside it that is not UTF-8',
      entry => writeFileSync(Buffer.concat([Buffer.from(`${entry}/`), Buffer.of(0xff)]), ''),
    ],
  ])('whose owner is %s', async (_, damage) => {
    const root = healthy()
    damage(join(root, 'run/nvme/registry/nvme1'))
    const [complaint = ''] = complaintsAbout(root, { asRoot: true })
    const advice =
      /((?:rm|nvmf registry delete) [^;,]*?)(?: removes one|, and .*)?$/.exec(complaint)?.[1]?.split(' ') ?? []
    const [program = '', ...args] = advice
    if (program === 'nvmf') await runWith(['--root', root, ...args])
    else execFileSync(program, [...args.slice(0, -1), join(root, args.at(-1) ?? '')])
    expect(complaintsAbout(root, { asRoot: true })).toEqual([])
  })
})

/** Nothing is there any more. */
function remade(path: string): string {
  rmSync(path, { recursive: true })
  return path
}
