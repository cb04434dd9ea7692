import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Registry } from '@nvmf/registry-core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { progressLine } from '../src/node/progress.ts'
import { FIVE, type Files, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const SCHEMAS = resolve(import.meta.dirname, '../../../docs/schemas')
const read = (name: string) => JSON.parse(readFileSync(join(SCHEMAS, name), 'utf8'))
const schema = read('disconnect.json')
const valid = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile({
  ...schema,
  $defs: Object.fromEntries(
    Object.entries<object>(schema.$defs).map(([name, def]) => [name, { ...def, additionalProperties: false }]),
  ),
})

const MOUNTS = '22 1 254:1 / / rw - ext4 /dev/vda1 rw\n'
/** nvme2 is the way to a mounted disk, of which nvme10, stas's, is a second one. */
const USED: Files = {
  ...FIVE,
  'proc/swaps': 'Filename Type\n',
  'proc/self/mountinfo': `${MOUNTS}36 22 259:0 / /srv rw - ext4 /dev/nvme2n1 rw\n37 22 259:0 / /srv/sub rw - ext4 /dev/nvme2n1 rw\n`,
  'sys/class/block/nvme2n1/dev': '259:0\n',
  'sys/class/nvme/nvme2/nvme2c2n1/ana_state': 'optimized\n',
  'run/nvme/registry/nvme10/owner': 'stas\n',
}
const SECOND_PATH = { 'sys/class/nvme/nvme10/nvme2c10n1/ana_state': 'optimized\n' }
const wasDeleted = (root: string, device: string): boolean =>
  readFileSync(join(root, `sys/class/nvme/${device}/delete_controller`), 'utf8').startsWith('1')
const disconnectAll = (root: string, ...more: string[]) => runWith(['disconnect-all', '--root', root, ...more])

describe('what is in use', () => {
  test('stays, and says for what', async () => {
    const root = hostByHand(USED)
    const { stdout, exit, journal } = await disconnectAll(root, '-t', 'tcp')
    expect(stdout).toBe(
      [
        'Device  Result  Why',
        'nvme0   kept    not a fabrics controller (pcie)',
        'nvme2   kept    in use: nvme2n1 is mounted on /srv, and 1 more',
        'nvme11  kept    not selected',
        'nvme12  kept    not selected',
        'nvme10  kept    owned by stas',
        'nothing to disconnect',
        '',
      ].join('\n'),
    )
    expect(exit).toBe(0)
    expect(wasDeleted(root, 'nvme2')).toBe(false)
    expect(journal).toEqual([
      'kept nvme2 nqn=nqn.2026-01.example:boot reason=in-use use="nvme2n1 is mounted on /srv, and 1 more"',
      'kept nvme10 nqn=nqn.2014-08.org.nvmexpress.discovery owner=stas reason=owned-by',
    ])
  })
  test('goes if another path stays', async () => {
    const root = hostByHand({ ...USED, ...SECOND_PATH })
    expect((await disconnectAll(root)).stdout).toContain('nvme2   disconnected  owned by nobody\n')
  })
  test('that cannot be told stays, too', async () => {
    const { 'proc/self/mountinfo': _, ...blind } = USED
    const { stdout, exit } = await disconnectAll(hostByHand(blind))
    expect(stdout).toMatch(
      /nvme2 +kept +in use: the use of nvme2n1 is not known: .*\/proc\/self\/mountinfo cannot be read \(ENOENT\)\n/,
    )
    expect(exit).toBe(0)
  })
  test('by the time of the deletion stays', async () => {
    const root = hostByHand({ ...USED, 'proc/self/mountinfo': MOUNTS, 'run/nvme/registry/nvme2/owner': 'stas\n' })
    const meanwhile = (): void => void new Registry({ root }).claim('nvme2', 'nbft', { steal: true })
    const line = ['disconnect-all', '--root', root, '--owner', 'stas', '-o', 'json']
    const { stdout, journal } = await runWith(line, { answer: 'yes', meanwhile })
    const { controllers } = JSON.parse(stdout)
    expect(controllers[1]).toMatchObject({ device: 'nvme2', outcome: 'changed', now: 'owned-by', ownerNow: 'nbft' })
    expect(journal).toContain('kept nvme2 nqn=nqn.2026-01.example:boot owner=nbft reason=owned-by')
  })
  test('is in the question, and in the journal when force takes it', async () => {
    const root = hostByHand(USED)
    const line = ['disconnect-all', '--root', root, '--force', '-t', 'tcp', '--jobs', '1']
    const { stderr, journal } = await runWith(line, { answer: 'yes' })
    expect(stderr).toBe(
      [
        'Device  Transport  Address              NQN                                   Owner  In use',
        'nvme2   tcp        192.0.2.1:4420       nqn.2026-01.example:boot              -      nvme2n1 is mounted on /srv, and 1 more',
        'nvme10  tcp        [fe80::1%eth0]:8009  nqn.2014-08.org.nvmexpress.discovery  stas   -',
        'Disconnect 2 controllers? Type yes to go on: ',
      ].join('\n'),
    )
    expect(wasDeleted(root, 'nvme2')).toBe(true)
    expect(journal[0]).toBe(
      'disconnected nvme2 nqn=nqn.2026-01.example:boot reason=in-use use="nvme2n1 is mounted on /srv, and 1 more"',
    )
  })
  test.each([
    ['a person is asked', [], {}, 4],
    ['--yes', ['--yes'], {}, 0],
    ['a script is not', [], 'none', 0],
  ] as const)('and named: %s', async (_, more, terminal, exit) => {
    const root = hostByHand(USED)
    expect((await runWith(['disconnect', 'nvme2', '--root', root, ...more], terminal)).exit).toBe(exit)
    expect(wasDeleted(root, 'nvme2')).toBe(exit === 0)
    expect((await runWith(['disconnect', 'nvme10', '--root', root], {})).exit).toBe(0)
  })
})

const by = (root: string, ...selector: string[]) =>
  runWith(['disconnect', '--root', root, '-n', 'nqn.2026-01.example:boot', ...selector])

test('subsystems may be listed with commas between', async () => {
  const root = hostByHand(FIVE)
  const line = [
    'disconnect',
    '--root',
    root,
    '-n',
    'nqn.2026-01.example:boot,nqn.2014-08.org.nvmexpress.discovery',
    '-n',
    'nqn.x',
  ]
  const { stdout, stderr, exit } = await runWith(line)
  expect(stdout).toBe('disconnected nvme2\ndisconnected nvme10\n')
  expect(stderr).toBe('nvmf: disconnect: there is no controller of nqn.x\n')
  expect(exit).toBe(3)
})

describe('a full selector', () => {
  test.each([
    [['-t', 'tcp', '-a', '192.0.2.1', '-s', '4420'], 0],
    [['--traddr', '192.0.2.1'], 0],
    [['-a', '192.0.2.2'], 5],
    [['-w', '192.0.2.9'], 5],
    [['-f', 'eth0'], 5],
    [['-q', 'nqn.host'], 5],
    [['-I', 'x'], 5],
  ])('%j', async (selector, exit) => {
    const root = hostByHand(FIVE)
    expect((await by(root, ...selector)).exit).toBe(exit)
    expect(wasDeleted(root, 'nvme2')).toBe(exit === 0)
  })
})

describe('bad input changes nothing', () => {
  test.each([
    [['disconnect-all', '--jobs', '0'], '--jobs: must be 1 to 512, not "0"'],
    [['disconnect-all', '--jobs', '513'], '--jobs: must be 1 to 512, not "513"'],
    [['disconnect', 'nvme2', '--jobs', '-1'], '--jobs: must be 1 to 512, not "-1"'],
    [['disconnect-all', '--jobs', '1e2'], '--jobs: must be 1 to 512, not "1e2"'],
    [['disconnect-all', '--force', '--owner', 'stas'], '--force and --owner exclude each other'],
    [['disconnect-all', '--owner', ''], 'owner: the value is empty'],
    [['disconnect-all', '--owner', 'a\nb'], 'owner: the value is more than one line'],
    [['disconnect-all', '--owner', '\u202estas'], 'owner: the value is not printable'],
    [['disconnect-all', '--owner', 'x'.repeat(4097)], 'owner: the value is longer than 4096 bytes'],
    [['disconnect-all', '-t', 'pcie'], '--transport: must be one of tcp, rdma, fc, loop, not "pcie"'],
    [['disconnect-all', '-n', 'a,b'], '--nqn: must be one NQN, without comma or control characters'],
    [['disconnect-all', '-a', ''], '--traddr: must be one value, without comma or control characters'],
    [['disconnect', '-a', '192.0.2.1'], 'select with --nqn first'],
    [['disconnect', 'nvme2', '-a', '192.0.2.1'], 'a controller that is named cannot be selected further'],
    [['disconnect', 'nvme2', '-n', 'nqn.x'], 'name controllers or subsystems, not both'],
    [['disconnect'], 'name a controller, or a subsystem with --nqn'],
    [['disconnect', '-n', 'nqn.x', '-q', 'a\nb'], '--hostnqn: must be one value, without comma or control characters'],
  ])('%j', async (line, why) => {
    const root = hostByHand(FIVE)
    const { stdout, stderr, exit, journal } = await runWith([...line, '--root', root])
    expect({ stdout, stderr: stderr.split('\n')[0], exit, journal }).toEqual({
      stdout: '',
      stderr: `nvmf: ${line[0]}: ${why}`,
      exit: 2,
      journal: [],
    })
  })
  test('an owner with odd characters is found, kept, and told without harm', async () => {
    const odd = 'a b"\\c Ω'
    const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme2/owner': `${odd}\n` })
    const kept = await disconnectAll(root, '-n', 'nqn.2026-01.example:boot')
    expect(kept.stdout).toContain(`nvme2   kept    owned by ${odd}\n`)
    expect(kept.journal).toEqual([
      `kept nvme2 nqn=nqn.2026-01.example:boot owner=${JSON.stringify(odd)} reason=owned-by`,
    ])
    expect((await disconnectAll(root, '--owner', odd, '--dry-run')).stdout).toContain(
      'nvme2   would disconnect  owned by',
    )
  })
  test('a registry that cannot be read: all of it counts as owned', async () => {
    const root = hostByHand({ ...FIVE, 'run/nvme/registry': 'a file\n' })
    const { stdout, exit } = await disconnectAll(root)
    expect(stdout).toMatch(/nvme2 +kept +its owner cannot be read \(/)
    expect(exit).toBe(0)
    for (const device of ['nvme2', 'nvme10', 'nvme11', 'nvme12']) expect(wasDeleted(root, device)).toBe(false)
  })
})

describe('-o json', () => {
  test.each([
    ['disconnect-all', '--dry-run'],
    ['disconnect-all', '--force'],
    ['disconnect-all', '--owner', 'stas'],
    ['disconnect-all'],
    ['disconnect', 'nvme2', 'nvme99'],
    ['disconnect', 'nvme11'],
  ])('%s %s %s keeps to docs/schemas/disconnect.json', async (...line) => {
    const { 'sys/class/nvme/nvme11/delete_controller': _, ...host } = USED
    const { stdout } = await runWith([
      ...line.filter(word => word !== undefined),
      '-o',
      'json',
      '--root',
      hostByHand(host),
    ])
    valid(JSON.parse(stdout))
    expect(valid.errors ?? []).toEqual([])
  })
  test('a field that is not described is noticed', () => {
    expect(valid({ version: 1, dryRun: true, notFound: [], controllers: [{ more: 1 }] })).toBe(false)
  })
  test('describes a controller in the words of list', () => {
    expect(schema.$defs.controller.properties).toMatchObject(read('list.json').$defs.controller.properties)
  })
})

test('progress is written over itself, and goes', async () => {
  const said: string[] = []
  let done = 0
  const line = progressLine(
    () => `${done} done`,
    text => said.push(text),
    1,
  )
  while (said.length < 2) {
    done++
    await new Promise(next => setImmediate(next))
  }
  line.stop()
  line.stop()
  expect(said[0]?.slice(0, 4)).toBe('\r\u001b[K')
  expect(said[0]?.slice(4)).toMatch(/^[0-9]+ done$/)
  expect(said.at(-1)).toBe('\r\u001b[K')
  expect(said.at(-2)).toMatch(/done$/)
  const quick: string[] = []
  progressLine(
    () => '',
    text => quick.push(text),
  ).stop()
  expect(quick).toEqual([])
})

describe('-v', () => {
  test('tells controllers apart', async () => {
    const root = hostByHand(USED)
    const { stdout } = await disconnectAll(root, '-v', '-t', 'tcp', '--dry-run')
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'Device  Transport  Address              NQN                                   Result  Why',
      'nvme0   pcie       0000:01:00.0         nqn.2014.08.org.nvmexpress:local      kept    not a fabrics controller (pcie)',
      'nvme2   tcp        192.0.2.1:4420       nqn.2026-01.example:boot              kept    in use: nvme2n1 is mounted on /srv, and 1 more',
    ])
  })
  test('says whose it was that went by name, and what it was needed for', async () => {
    const { stdout } = await runWith(['disconnect', 'nvme2', 'nvme10', '-v', '--root', hostByHand(USED)])
    expect(stdout).toBe(
      'disconnected nvme2: owned by nobody; in use: nvme2n1 is mounted on /srv, and 1 more\n' +
        'disconnected nvme10: owned by stas\n',
    )
  })
})

test('what is not there is said once, and what the selectors left out is not called absent', async () => {
  const root = hostByHand(FIVE)
  const said = async (...line: string[]) => (await runWith(['disconnect', '--root', root, ...line])).stderr
  expect(await said('nvme98', 'nvme99', '/dev/nvme98')).toBe(
    'nvmf: disconnect: there is no controller nvme98, there is no controller nvme99\n',
  )
  const boot = 'nqn.2026-01.example:boot'
  expect(await said('-n', boot, '-n', boot, '-a', '192.0.2.2')).toBe(
    `nvmf: disconnect: there is no controller of ${boot} that the other options select\n`,
  )
  const both = await said('-n', `${boot},nqn.2014-08.org.nvmexpress.discovery`, '-a', 'fe80::1%eth0', '--dry-run')
  expect(both).toBe(`nvmf: disconnect: there is no controller of ${boot} that the other options select\n`)
})
