import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startVirtualHost, type VirtualHost, type VirtualHostOptions } from '@nvmf/virtual-host'
import { onTestFinished } from 'vitest'

const REPOSITORY = resolve(import.meta.dirname, '../../..')

/** What the packages install: entries of controllers that go are cleaned up. */
export const INSTALLED: Pick<VirtualHostOptions, 'rules' | 'programs'> = {
  rules: [join(REPOSITORY, 'udev/70-nvmf-ownership.rules')],
  programs: { '/usr/lib/udev/nvmf-registry-cleanup': join(REPOSITORY, 'packages/udev-cleanup/src/node/main.ts') },
}

/** A virtual host in a directory of its own; both are gone when the test ends. */
export async function virtualHost(options: Omit<VirtualHostOptions, 'dir'> = {}): Promise<VirtualHost> {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-host-'))
  const host = await startVirtualHost({ ...options, dir })
  onTestFinished(async () => {
    await host.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  return host
}
