import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../controllers/src/node/device-file.ts'
import { contractCases, isRunnable, type Lab } from '../src/contract/index.ts'
import { startVirtualHost, type VirtualHost } from '../src/index.ts'

// Nothing here waits for time to pass; a busy machine may.
vi.setConfig({ testTimeout: 30_000 })

describe('the kernel contract, on a virtual host', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vh-'))
  let host: VirtualHost
  let lab: Lab

  beforeAll(async () => {
    host = await startVirtualHost({ dir })
    lab = {
      root: host.root,
      open: openDevice,
      tcp: { traddr: '127.0.0.1', trsvcid: '4420' },
      refused: { traddr: '127.0.0.1', trsvcid: '1' },
      capabilities: { loop: true, tcp: true, unreachable: { traddr: '192.0.2.1', trsvcid: '4420' } },
      settle: () => host.udev.settle(),
      addSubsystem: async nqn => host.addSubsystem(nqn, { namespaces: 0 }),
      removeSubsystem: async nqn => host.removeSubsystem(nqn),
    }
  })

  afterAll(async () => {
    await host.stop()
    rmSync(dir, { recursive: true })
  })

  test.each(contractCases.map(each => [each.name, each] as const))('%s', async (_, each) => {
    expect(isRunnable(each, lab)).toBe(true)
    await each.run(lab)
  })
})
