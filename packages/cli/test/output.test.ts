import { describe, expect, test } from 'vitest'
import { BOLD, painted } from '../src/output/colour.ts'
import { sizeText } from '../src/output/size.ts'
import { table } from '../src/output/table.ts'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const LONG = `nqn.2014-08.org.nvmexpress:uuid:0d5ae6f2-4a1c-4a0e-9d0a-6b7c0f0a1e11`

test.each([
  [0, '0B'],
  [512, '512B'],
  [1023, '1023B'],
  [1024, '1KiB'],
  [1_048_575, '1MiB'],
  [16_777_216, '16MiB'],
  [1_920_383_410_176, '1.7TiB'],
  [2 ** 60 * 5000, '5000EiB'],
])('%i bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

describe('a table', () => {
  const rows = [
    ['Device', 'NQN', 'Owner'],
    ['nvme0', LONG, 'stas'],
    ['nvme1', 'nqn.x', '-'],
  ]
  test('is as wide as it needs to be where nobody counts', () => {
    expect(table(rows)).toEqual([
      `Device  NQN${' '.repeat(LONG.length - 3)}  Owner`,
      `nvme0   ${LONG}  stas`,
      `nvme1   nqn.x${' '.repeat(LONG.length - 5)}  -`,
    ])
  })
  test('is cut where it is widest, in the middle, to fit', () => {
    expect(table(rows, 40)).toEqual([
      'Device  NQN                        Owner',
      'nvme0   nqn.2014-08.…6b7c0f0a1e11  stas',
      'nvme1   nqn.x                      -',
    ])
  })
  test('is cut evenly where several columns are wide', () => {
    const [line = ''] = table([[LONG, LONG, 'x']], 40)
    expect(line.split('  ').map(cell => cell.length)).toEqual([18, 17, 1])
  })
  test('keeps a little of everything, whatever the width', () => {
    expect(table(rows, 1)[1]).toBe('nvme0   nqn.20…a1e11  stas')
  })
  test.each([79, 80, 120])('is never wider than %i', columns => {
    for (const line of table(rows, columns)) expect(line.length).toBeLessThanOrEqual(columns)
  })
})

const host = (): string =>
  hostByHand({ ...FIVE, 'sys/class/nvme/nvme2/subsysnqn': `${LONG}\n`, 'run/nvme/registry/nvme2/owner': 'stas\n' })

describe('nvmf list', () => {
  test.each([
    ['list-40', [], 40],
    ['list-v-80', ['-v'], 80],
    ['list-v-120', ['-v'], 120],
    ['list-vv-80', ['-vv'], 80],
  ])('%s: lines below each other where columns would tell nothing', async (golden, options, columns) => {
    const { stdout } = await runWith(['list', ...options, '--root', host()], 'none', { columns, colour: false })
    await expect(stdout.replaceAll(/(Incarnation +)\d+/g, '$1INODE')).toMatchFileSnapshot(`./golden/${golden}.txt`)
  })

  test.each([80, 200])('on a terminal of %i columns', async columns => {
    const { stdout } = await runWith(['list', '--root', host()], 'none', { columns, colour: false })
    await expect(stdout).toMatchFileSnapshot(`./golden/list-${columns}.txt`)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
  })
  test('keeps its columns below each other where characters are two columns wide, or none', async () => {
    const root = hostByHand({
      ...FIVE,
      'run/nvme/registry/nvme2/owner': 'ストレージ管理システム 👩🏽‍💻 東京データセンター\n',
      'run/nvme/registry/nvme10/owner': 'me\u0301moire\n',
    })
    const { stdout } = await runWith(['list', '--root', root], 'none', { columns: 100, colour: false })
    await expect(stdout).toMatchFileSnapshot('./golden/list-wide.txt')
  })
  test('is whole in a pipe', async () => {
    expect((await runWith(['list', '--root', host()])).stdout).toContain(LONG)
  })
  test('has a bold heading where there are colours, and nothing else is changed', async () => {
    const root = host()
    const plain = await runWith(['list', '--root', root], 'none', { columns: 200, colour: false })
    const colourful = await runWith(['list', '--root', root], 'none', { columns: 200, colour: true })
    const [heading, ...lines] = colourful.stdout.split('\n')
    expect(heading).toBe(painted(plain.stdout.split('\n')[0] ?? '', BOLD))
    expect(lines).toEqual(plain.stdout.split('\n').slice(1))
  })
  test('tells more with -v, and still more with -vv', async () => {
    const root = hostByHand(FIVE)
    const heading =
      'Device  Transport  Address              NQN                                   State             Owner'
    const lines = async (...more: string[]) => (await runWith(['list', '--root', root, ...more])).stdout.split('\n')
    expect((await lines('-v')).slice(0, 3)).toEqual([
      `${heading}   Subsystem     ID  Type`,
      'nvme0   pcie       0000:01:00.0         nqn.2014.08.org.nvmexpress:local      live              kernel  -             ?   ?',
      'nvme2   tcp        192.0.2.1:4420       nqn.2026-01.example:boot              live              -       nvme-subsys0  1   io',
    ])
    expect((await lines('-v', '-v'))[0]).toMatch(/  Subsystem     ID  Type  Incarnation  Host NQN$/)
    expect(await lines('-vv')).toEqual(await lines('-v', '-v'))
  })
  test('says why owners are unknown, once for each reason', async () => {
    const damaged = { nvme2: '', nvme10: '', nvme11: 'a\u0000b\n', nvme12: '' }
    const entries = Object.entries(damaged).map(([name, owner]) => [`run/nvme/registry/${name}/owner`, owner])
    const { stderr } = await runWith(['list', '--root', hostByHand({ ...FIVE, ...Object.fromEntries(entries) })])
    expect(stderr).toBe(
      'nvmf: list: owner of nvme2 and 2 more unknown: its owner is empty\n' +
        'nvmf: list: owner of nvme11 unknown: its owner is not printable\n',
    )
  })
  test('is the same JSON on any terminal', async () => {
    const root = host()
    const piped = await runWith(['list', '-o', 'json', '--root', root])
    expect(await runWith(['list', '-o', 'json', '--root', root], 'none', { columns: 20, colour: true })).toEqual(piped)
  })
})
