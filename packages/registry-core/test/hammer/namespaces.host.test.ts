import { expect, test } from 'vitest'
import { isTmpfs, SCRATCH } from '../host.ts'
import { type Inside, killing } from './killing/killing.ts'

const PID = ['--pid', '--fork']
const TIME = ['--time', '--boottime', '100000', '--fork']
const MOUNT = ['--mount']

/** As a container has them, one by one and together; and none. */
const NAMESPACES: readonly Inside[] = [
  [],
  ['unshare', ...PID],
  ['unshare', ...PID, '--mount-proc'],
  ['unshare', ...TIME],
  ['unshare', ...MOUNT],
  ['unshare', ...PID, ...TIME],
  ['unshare', ...PID, '--mount-proc', ...TIME],
]

/** Needs: root, for the namespaces, and a tmpfs on /dev/shm. */
test('processes in pid, time and mount namespaces, two thousand of them killed at any moment', async () => {
  expect(isTmpfs(SCRATCH)).toBe(true)
  const { violations, counts } = await killing(Number(process.env.R ?? 2000), NAMESPACES)
  process.stdout.write(`killing: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
})
