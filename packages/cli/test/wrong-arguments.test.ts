import { optionTable } from '@nvmf/fabrics-connect'
import { expect, test } from 'vitest'
import { commandTree } from '../build/documents.ts'
import { allOf, type Node } from '../src/completion/tree.ts'
import { controllerFiles, hostByHand } from './host-by-hand.ts'
import { runWith } from './in-process.ts'

const COMMANDS = allOf(await commandTree())
/** What a command wants at least, so that one thing more is wrong and nothing else. */
const ENOUGH: Readonly<Record<string, readonly string[]>> = {
  'nvmf connect': ['-t', 'tcp', '-a', '192.0.2.1', '-n', 'nqn.x'],
  'nvmf disconnect': ['nvme1'],
  'nvmf completion': ['bash'],
  'nvmf registry retrieve': ['nvme1', '-a', 'note'],
  'nvmf registry update': ['nvme1', '-a', 'note', '-V', 'x'],
  'nvmf registry delete': ['nvme1'],
  'nvmf registry claim': ['nvme1', '--owner', 'stas'],
  'nvmf registry release': ['nvme1'],
}

/** Each wrong kind of word behind a command that has what it wants. */
function wrongWords({ flags, argument, commands }: Node): string[][] {
  const valued = flags.filter(({ value }) => value !== undefined)
  const chosen = valued.filter(({ long, value }) => typeof value?.values !== 'string' || long === '--transport')
  const alone = flags.filter(({ value, long }) => value === undefined && !['--help', '--version'].includes(long))
  return [
    ['--no-such-option'],
    ...(commands.length === 0 && argument?.many !== true ? [['nvme2']] : []),
    ...(commands.length > 0 ? [['nonsense'], ['help', 'nonsense']] : []),
    ...valued.flatMap(({ short, long }) => [[long], ...(short === undefined ? [] : [[short]])]),
    ...chosen.map(({ long }) => [long, 'no-choice']),
    ...alone.map(({ long }) => [`${long}=1`]),
  ]
}

/** Values that no option of this type of `nvmf connect` has. */
const WRONG_VALUES: Readonly<Record<string, readonly string[]>> = {
  number: ['abc', '', '1.5', '1e3', '0x10', '99999999999'],
  text: ['a,b', 'a\nb', 'a\u0000b'],
}

const CASES: [path: string, words: string[]][] = [
  ...COMMANDS.flatMap(node => wrongWords(node).map((words): [string, string[]] => [node.path, words])),
  ...optionTable.flatMap(({ type, long }) =>
    (long === undefined ? [] : (WRONG_VALUES[type] ?? [])).map((value): [string, string[]] => [
      'nvmf connect',
      [`--${long}`, value],
    ]),
  ),
]

const host = (): string =>
  hostByHand({
    ...controllerFiles('nvme1', { transport: 'tcp', state: 'live', delete_controller: '' }),
    'run/nvme/registry/nvme1/owner': 'stas\n',
  })

test('there are many', () => expect(CASES.length).toBeGreaterThan(300))

test.each(CASES)('%s %j is refused in one line, in JSON too, and nothing is done', async (path, words) => {
  const command = path.split(' ').slice(1)
  const line = [...command, '--root', host(), ...(ENOUGH[path] ?? []), ...words]
  const said = await runWith(line)
  expect(said).toMatchObject({ exit: 2, stdout: '', journal: [] })
  const why = said.stderr.split('\n').filter(text => !/^hint: |: warning: |^$/.test(text))
  expect(why).toEqual([expect.stringMatching(new RegExp(`^${['nvmf:', ...command].join(' ')}.`))])
  const json = await runWith(['-o', 'json', ...line])
  expect(json).toMatchObject({ exit: 2, stdout: '', journal: [] })
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { command: command.join(' '), exit: 2 } })
})

const NO_DEVICES = [
  '',
  'nvme',
  'nvme01',
  'nvme1n1',
  'nvme1c1n1',
  'ng1n1',
  'nvme-fabrics',
  'NVME1',
  ' nvme1',
  'nvme1 ',
  '../nvme1',
]
const OF_DEVICES = COMMANDS.filter(({ argument }) => argument?.name === 'device').map(({ path }) => path)

test.each(OF_DEVICES.flatMap(path => NO_DEVICES.map((device): [string, string] => [path, device])))(
  '%s of %j is refused, and it is said what a controller is',
  async (path, device) => {
    const rest = (ENOUGH[path] ?? []).slice(1)
    const said = await runWith([...path.split(' ').slice(1), '--root', host(), device, ...rest])
    expect(said).toMatchObject({ exit: 2, stdout: '', journal: [] })
    expect(said.stderr).toContain(`${JSON.stringify(device)} is not a controller's name\nhint: a controller is nvme3`)
  },
)
