import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Registry } from '@nvmf/registry-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CleanupHost, cleanupHost } from './host.ts'

/** kill -9, wherever it strikes. Needs gcc, and the helper, built by `node packages/udev-cleanup/build/native.ts`. No root. */
const HELPER = resolve(import.meta.dirname, '../dist/nvmf-registry-cleanup')
const work = mkdtempSync(join(tmpdir(), 'cleanup-killed-'))
const KILL_AT = join(work, 'kill-at')
afterAll(() => rmSync(work, { recursive: true }))

beforeAll(() => {
  execFileSync('gcc', ['-Wall', '-Werror', '-O1', '-o', KILL_AT, join(import.meta.dirname, 'sandbox/kill-at.c')])
})

const DEAD = ['nvme3', 'nvme4']
const OWNED = { owner: 'stas\n', seqnum: '101\n', note: 'x\n' }

/** Two dead entries, a live one, and the dead one of a number that a stranger has. */
function host(): CleanupHost {
  const made = cleanupHost()
  writeFileSync(join(made.root, 'dev/kmsg'), '')
  for (const device of DEAD) made.put(device, { ...OWNED, incarnation: '7\n' })
  made.put('nvme1', { ...OWNED, incarnation: `${made.connect('nvme1')}\n` })
  made.connect('nvme2')
  made.put('nvme2', { ...OWNED, incarnation: '7\n' })
  return made
}

const env = { SEQNUM: '102' }

describe.each([
  ['an event', 'nvme3'],
  ['an event of a recycled number', 'nvme2'],
  ['a sweep', '--sweep'],
])('the helper for %s, killed before any of its system calls', (_, what) => {
  test('leaves every entry whole or stale, the live one as it was, and the next sweep removes the rest', () => {
    const live = host()
      .listing()
      .filter(line => line.includes('nvme1'))
    let killed = 0
    for (let call = 1; ; call++) {
      const { root, path, listing } = host()
      const { status } = spawnSync(KILL_AT, [String(call), HELPER, '--root', root, what], { env, timeout: 30_000 })
      expect([0, 1]).toContain(status)
      const registry = new Registry({ root })
      for (const { device, state, owner, attributes } of registry.entries()) {
        // An empty directory is nobody's: whoever has the number fills it, or it goes with the number.
        const empty = owner === undefined && Object.keys(attributes).length === 0
        const fine = device === 'nvme1' ? state === 'live' : state === 'stale' || (device === 'nvme2' && empty)
        expect({ call, device, state, owner, attributes, fine }).toMatchObject({ fine: true })
      }
      expect(registry.ownerOf('nvme2'), `call ${call}`).toMatchObject({ state: 'unowned' })
      expect(listing().filter(line => line.includes('nvme1'))).toEqual(live)

      expect(spawnSync(HELPER, ['--root', root, '--sweep'], { env }).status).toBe(0)
      expect(DEAD.filter(device => existsSync(path(device)))).toEqual([])
      expect(existsSync(path('nvme2')) ? readdirSync(path('nvme2')) : []).toEqual([])
      expect(readFileSync(join(root, 'dev/kmsg'), 'utf8')).toContain('ownership entry removed')
      if (status === 1) break
      killed++
    }
    expect(killed).toBeGreaterThan(40)
  })
})
