import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { derivedImage, type Guest, type GuestImage, prepareImage, type RunResult, type Suite } from '@nvmf/e2e'

const PACKAGES = resolve(import.meta.dirname, '../../../dist/packages')

/** The targets that every guest has, at tcp 127.0.0.1:4420 and on loop. */
export const ONE = 'nqn.2026-11.io.nvmf:one'
export const TWO = 'nqn.2026-11.io.nvmf:two'
export const REGISTRY = '/run/nvme/registry'

/** The two .deb files for the guest, as the packaging step left them. */
export function builtPackages(): string[] {
  const debs = readdirSync(PACKAGES).filter(name => /_(?:all|amd64)\.deb$/.test(name))
  if (debs.length !== 2)
    throw new Error(`${PACKAGES} should hold two .deb files, not ${debs.length}: run npm run test:host`)
  return debs.map(name => join(PACKAGES, name))
}

/** Half a minute under emulation, on a machine that has nothing else to do. */
const INSTALL_MS = 300_000

/** A guest image with our packages installed the way a user does it, once for all test files. */
export async function imageWithPackages(suite: Suite = 'trixie'): Promise<GuestImage> {
  const image = await prepareImage({ suite, log: line => process.stderr.write(`${line}\n`) })
  const debs = builtPackages()
  const digest = createHash('sha256')
  for (const file of debs) digest.update(readFileSync(file))
  return derivedImage(image, `packages-${suite}`, digest.digest('hex').slice(0, 12), async guest => {
    for (const file of debs) await guest.put(file, `/root/${file.slice(PACKAGES.length + 1)}`)
    await guest.sh('cd /root && apt-get install -y ./nvmf-registry_*.deb ./nvmf-cli_*.deb', { timeoutMs: INSTALL_MS })
  })
}

/** `nvmf …` in the guest; the arguments are words of the shell. */
export const nvmf = (guest: Guest, line: string): Promise<RunResult> => guest.run(`nvmf ${line}`)

/** The same, and it must succeed; returns stdout. */
export const ok = (guest: Guest, line: string): Promise<string> => guest.sh(`nvmf ${line}`)

export const connectTcp = (nqn: string, more = ''): string => `connect -t tcp -a 127.0.0.1 -s 4420 -n ${nqn} ${more}`
export const connectLoop = (nqn: string, more = ''): string => `connect -t loop -n ${nqn} ${more}`

/** udevd has probed the new namespaces and is idle: until then its probe keeps the number of a controller that goes. */
export const settle = (guest: Guest): Promise<string> => guest.sh('udevadm settle')

/** The files of an entry, by name; null without one. */
export async function entry(guest: Guest, device: string): Promise<Record<string, string> | null> {
  const { code, stdout } = await guest.run(`cd ${REGISTRY}/${device} 2>/dev/null && grep -H '' -- *`)
  if (code !== 0) return null
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
}

/** What the journal says under our tag, one line each, without times. */
export async function story(guest: Guest): Promise<string[]> {
  await guest.sh('journalctl --sync')
  const text = await guest.sh('journalctl -b -t nvmf -o cat --no-pager')
  return text.split('\n').filter(line => line !== '')
}

/** The records of our tag that a match of journalctl's finds, in the journal's order. */
export async function records(guest: Guest, match: string): Promise<Record<string, string>[]> {
  await guest.sh('journalctl --sync')
  const lines = await guest.sh(`journalctl -b -t nvmf -o json --no-pager ${match}`)
  return lines
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, string>)
}
