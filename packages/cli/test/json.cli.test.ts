import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { commandTree } from '../build/documents.ts'
import { allOf } from '../src/completion/tree.ts'
import { FIVE, hostByHand } from './host-by-hand.ts'
import { nvmf } from './run.ts'

const SCHEMAS = resolve(import.meta.dirname, '../../../docs/schemas')
/** Described, and no command's result of its own name. */
const MORE = ['error', 'connect-dry-run']
/** Described in another one's words. */
const LESS = ['disconnect-all']

test('every command has a schema, and there is no other', async () => {
  const commands = allOf(await commandTree()).filter(node => node.commands.length === 0)
  const named = commands.map(({ path }) => path.split(' ').slice(1).join('-'))
  const described = readdirSync(SCHEMAS).map(file => file.replace(/\.json$/, ''))
  expect(described.toSorted()).toEqual([...named.filter(name => !LESS.includes(name)), ...MORE].toSorted())
})

// The others' are checked where their goldens are; nvmf() throws for a field that is not described.
test.each([
  [['doctor'], 10],
  [['completion', 'zsh'], 0],
  [['gen-hostnqn'], 0],
  [['list', '-vv'], 0],
  [['list-subsys', '-v'], 0],
  [['registry', 'list', '--all', '-v'], 0],
  [['disconnect-all', '--dry-run', '-v'], 0],
  [['help', 'nonsense'], 2],
])('%j -o json keeps to its schema', async (line, exit) => {
  const root = hostByHand({ ...FIVE, 'run/nvme/registry/nvme2/owner': 'stas\n' })
  const ran = await nvmf(['--root', root, ...line, '-o', 'json'])
  expect(ran.exit).toBe(exit)
  expect(JSON.parse(exit === 2 ? ran.stderr : ran.stdout)).toMatchObject({ version: 1 })
})
