import { expect, test } from 'vitest'
import { killing } from './killing/killing.ts'

test('sixty processes are killed at any moment, and nothing is lost, stuck or left over', {
  timeout: 120_000,
}, async () => {
  const { violations, counts } = await killing(60, [[]])
  process.stdout.write(`killing: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
  expect(counts).toMatchObject({ 'all others stood still': 2, 'all others had ended': 3, claim: expect.any(Number) })
})
