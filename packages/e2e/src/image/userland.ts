import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '../exec.ts'
import type { Archives } from './apt.ts'
import { debSources } from './apt.ts'

/** A Debian release that a guest can run. */
export type Suite = 'trixie' | 'bookworm'

/** What is in the guest beside the essential packages and apt. */
const GUEST_PACKAGES = [
  'systemd',
  'systemd-sysv',
  'udev',
  'kmod',
  'nodejs',
  'iproute2',
  'procps',
  'nftables',
  'nvme-cli',
  'strace',
]

/** Documentation that nobody reads in a test guest: a quarter of the image. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*', '/usr/share/man/*']

/** Makes `root.tar`, a Debian userland with its dpkg database intact, in `dir`. */
export async function buildUserland(dir: string, suite: Suite, archives: Archives): Promise<void> {
  const sources = path.join(dir, 'debian.sources')
  await writeFile(sources, debSources(archives, { main: [suite, `${suite}-updates`], security: [`${suite}-security`] }))
  const aptOptions = path.join(dir, 'apt.conf')
  await writeFile(aptOptions, await hostAcquireOptions())
  await exec('mmdebstrap', [
    '--mode=root',
    '--variant=minbase',
    // The guest has the host's architecture: nothing is emulated while it is built.
    '--skip=check/qemu',
    `--include=${GUEST_PACKAGES.join(',')}`,
    `--aptopt=${aptOptions}`,
    ...LEFT_OUT.map(pattern => `--dpkgopt=path-exclude=${pattern}`),
    suite,
    path.join(dir, 'root.tar'),
    sources,
  ])
  await rm(sources)
  await rm(aptOptions)
}

/** The proxy and the other download settings of the host's apt, which mmdebstrap does not read by itself. */
async function hostAcquireOptions(): Promise<string> {
  const dump = await exec('apt-config', ['dump'])
  return dump
    .split('\n')
    .filter(line => /^Acquire::(?!IndexTargets|Changelogs|Languages|CompressionTypes)[^ ]* "[^"]+";$/.test(line))
    .map(line => `${line}\n`)
    .join('')
}
