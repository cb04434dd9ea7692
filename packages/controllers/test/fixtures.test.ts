import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Inventory, readInventory } from '../src/index.ts'
import { capturedSysfs, parseCaptured } from './captured.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const names = readdirSync(FIXTURES)
  .filter(name => name.endsWith('.txt'))
  .map(name => name.slice(0, -'.txt'.length))

/** What is not known is null; a subsystem's controllers are names here, for each stands among all of them too. */
function json({ subsystems, controllers }: Inventory): string {
  const named = subsystems.map(subsystem => ({
    ...subsystem,
    controllers: subsystem.controllers.map(({ name }) => name),
  }))
  return `${JSON.stringify({ controllers, subsystems: named }, (_, part) => part ?? null, 2)}\n`
}

describe.each(names)('%s', name => {
  const tree = parseCaptured(readFileSync(join(FIXTURES, `${name}.txt`), 'utf8'))
  test('is read as expected', () =>
    expect(json(readInventory({ sysfs: capturedSysfs(tree) }))).toMatchFileSnapshot(join(FIXTURES, `${name}.json`)))
})
