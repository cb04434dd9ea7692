import { expect, test } from 'vitest'
import { commandTree } from '../build/documents.ts'
import { allOf } from '../src/completion/tree.ts'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { runWith, type Said } from './in-process.ts'

/** Every command that does something or tells something: not those that only have others below them. */
const commands = allOf(await commandTree()).filter(node => node.commands.length === 0)
const having = (flag: string): string[] =>
  commands.filter(({ flags }) => flags.some(({ long }) => long === flag)).map(({ path }) => path.replace('nvmf ', ''))

test.each(['--root', '--output-format', '--verbose', '--help'])('every command takes %s', flag => {
  expect(having(flag)).toHaveLength(commands.length)
})

test('--quiet is for commands whose result is what they do, or their exit code', () => {
  expect(having('--quiet')).toEqual([
    'connect',
    'disconnect',
    'disconnect-all',
    'registry update',
    'registry delete',
    'registry claim',
    'registry release',
    'registry gc',
    'doctor',
  ])
})

test('--dry-run is for commands that find out themselves what is to be done', () => {
  expect(having('--dry-run')).toEqual(['connect', 'disconnect', 'disconnect-all', 'registry gc'])
})

/** What succeeds on a host by hand, one after the other. */
const LINES = [
  ['registry', 'claim', 'nvme2', '--owner', 'stas'],
  ['registry', 'claim', 'nvme2', '--owner', 'nbft', '--steal'],
  ['registry', 'update', 'nvme2', '-a', 'note', '-V', 'x'],
  ['registry', 'delete', 'nvme2', '-a', 'note'],
  ['registry', 'release', 'nvme2'],
  ['registry', 'delete', 'nvme2'],
  ['registry', 'gc'],
  ['disconnect-all', '--dry-run'],
  ['disconnect', 'nvme10', '--dry-run'],
  ['disconnect', 'nvme10'],
  // One after the other, so that their records are in order.
  ['disconnect-all', '--jobs', '1'],
]

const each = async (...more: string[]): Promise<Said[]> => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme7/owner': 'stas\n' })
  const said: Said[] = []
  for (const line of LINES) said.push(await runWith([...line, '--root', root, ...more]))
  return said
}

test.each([[[]], [['-o', 'json']]])('--quiet leaves nothing of what a command says (%j)', async format => {
  for (const { stdout, stderr, exit } of await each('--quiet', ...format))
    expect([stdout, stderr, exit]).toEqual(['', '', 0])
})

test('--quiet changes nothing of what a command does', async () => {
  const [quiet, loud] = [await each('--quiet'), await each()]
  expect(quiet.map(({ journal }) => journal)).toEqual(loud.map(({ journal }) => journal))
  expect(loud.some(({ journal }) => journal.length > 0)).toBe(true)
})

test('-v says more, or what else there is to say of it', async () => {
  const said = (await each('-v')).map(({ stdout }, i) => `# nvmf ${LINES[i]?.join(' ')} -v\n${stdout}`).join('')
  await expect(said).toMatchFileSnapshot('./golden/verbose.txt')
})
