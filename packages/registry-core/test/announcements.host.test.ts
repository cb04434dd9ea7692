import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Announcements } from '../src/index.ts'
import { announcing, kill, ownersAnnounced } from './announcing-processes.ts'

// Whether a process in another namespace lives, its pid and its start time do not tell; its socket does.
test.each([
  ['pid', ['--pid', '--fork', '--mount-proc']],
  ['mount', ['--mount', '--propagation', 'private']],
  ['time', ['--time', '--boottime', '100000', '--fork']],
  ['net', ['--net']],
  ['user', ['--user', '--map-root-user']],
])('an announcement from another %s namespace counts until its process is killed', async (_, options) => {
  const root = mkdtempSync(join(tmpdir(), 'nvmf-announced-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const others = new Announcements({ root })
  const child = await announcing(root, 'stas', { inside: ['unshare', ...options] })
  expect(await ownersAnnounced(others)).toEqual(['stas'])
  expect(await others.clear()).toEqual([])
  await kill(child)
  expect(await ownersAnnounced(others)).toEqual([])
  expect(await others.clear()).toHaveLength(1)
})
