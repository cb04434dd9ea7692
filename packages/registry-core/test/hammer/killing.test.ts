import { expect, test } from 'vitest'
import { killing } from './killing/killing.ts'

test('processes that are killed at any moment, sixty of them', { timeout: 120_000 }, async () => {
  const { violations, counts } = await killing(60, [[]])
  process.stdout.write(`killing: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
})
