import { expect, test } from 'vitest'
import { hammer } from './hammer.ts'

test('publishers, claimers, reapers, readers and sweepers on one tmpfs, three seconds', {
  timeout: 60_000,
}, async () => {
  const { violations, counts, left } = await hammer(3)
  process.stdout.write(`hammer: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
  expect(left).toEqual([])
  // That it looked at something.
  expect(counts).toMatchObject({
    compared: expect.any(Number),
    published: expect.any(Number),
    gone: expect.any(Number),
  })
})
