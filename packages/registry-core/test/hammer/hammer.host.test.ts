import { expect, test } from 'vitest'
import { isTmpfs, SCRATCH } from '../host.ts'
import { hammer } from './hammer.ts'

/** Needs: a tmpfs on /dev/shm, and half a minute. */
test('publishers, claimers, reapers, readers and sweepers on one tmpfs, thirty seconds', async () => {
  expect(isTmpfs(SCRATCH)).toBe(true)
  const { violations, counts, left } = await hammer(30)
  process.stdout.write(`hammer: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
  expect(left).toEqual([])
  expect(counts['compared']).toBeGreaterThan(1000)
})
