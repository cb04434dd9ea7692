import { expect, test } from 'vitest'
import { isTmpfs, SCRATCH } from '../host.ts'
import { type Inside, killing } from './killing/killing.ts'

const PID = ['--pid', '--fork']
const TIME = ['--time', '--boottime', '100000', '--fork']

/** One by one and together, with a /proc of their own and without; and none at all. */
const NAMESPACES: readonly Inside[] = [
  [],
  ['unshare', ...PID],
  ['unshare', ...PID, '--mount-proc'],
  ['unshare', ...TIME],
  ['unshare', '--mount'],
  ['unshare', ...PID, ...TIME],
  ['unshare', ...PID, '--mount-proc', ...TIME],
]

/** Needs: root, for the namespaces, a tmpfs on /dev/shm, and one to two minutes. */
test('processes in pid, time and mount namespaces: two thousand are killed at any moment, and nothing is lost, stuck or left over', async () => {
  expect(isTmpfs(SCRATCH)).toBe(true)
  const { violations, counts } = await killing(2000, NAMESPACES)
  process.stdout.write(`killing: ${JSON.stringify(counts)}\n`)
  expect(violations).toEqual([])
  // That each kind of process was killed in the middle of something, and how often all was compared.
  for (const inside of NAMESPACES)
    expect(counts[`killed in: ${inside.slice(1).join(' ') || 'none'}`]).toBeGreaterThan(100)
  for (const act of ['claim', 'release', 'publish', 'update', 'delete', 'reap', 'sweep', 'announce'])
    expect(counts[`killed in the middle of: ${act}`], act).toBeGreaterThan(0)
  for (const when of ['all others stood still', 'all others had ended']) expect(counts[when], when).toBeGreaterThan(50)
})
