import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Guest, prepareImage, withGuest } from '@nvmf/e2e'

const NVMF = resolve(import.meta.dirname, '../../cli/dist/nvmf.cjs')
const HELPER = resolve(import.meta.dirname, '../../udev-cleanup/dist/nvmf-registry-cleanup')
const SCRIPT = '/root/disconnect-all.sh'

/** Healthy controllers on loop, dead ones on tcp, and rounds. The first is what starting costs. */
const LOADS = [
  [1, 0, 3],
  [64, 0, 3],
  [256, 0, 3],
  [16, 4, 1],
] as const
const PROGRAMS = { nvmf: 'node /root/nvmf.cjs disconnect-all', 'nvme-cli': 'nvme disconnect-all' } as const

/**
 * Prints the wall time of disconnect-all, ours and that of Debian's nvme-cli, in turns in one virtual machine, medians.
 * Under emulation node takes seconds to start, where it takes 40 ms on a real machine; so the last column is the ratio of
 * what more controllers than one take. Asserts only that all controllers went.
 */
export async function benchDisconnectAll(): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) {
    process.stdout.write(`disconnect-all: skipped: ${reason}\n`)
    return
  }
  const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
  await withGuest(image, measure)
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'a virtual machine is built as root'
  if (!existsSync(HELPER)) return 'the helper is not built'
  return existsSync(NVMF) ? undefined : 'packages/cli is not built'
}

async function measure(guest: Guest): Promise<void> {
  await guest.put(NVMF, '/root/nvmf.cjs')
  // It tells the journal, and there is a record for each controller.
  await guest.put(HELPER, '/usr/lib/udev/nvmf-registry-cleanup')
  await guest.sh('chmod 755 /usr/lib/udev/nvmf-registry-cleanup')
  await guest.put(join(import.meta.dirname, 'disconnect-all.sh'), SCRIPT)
  const version = (await guest.sh('nvme version')).split('\n')[0]
  process.stdout.write(`disconnect-all, in the virtual machine, ms; medians. Beside: ${version}\n`)
  process.stdout.write(row(['healthy', 'dead', ...Object.keys(PROGRAMS), 'ratio', 'beyond 1']))
  let one: readonly number[] | undefined
  for (const [healthy, dead, rounds] of LOADS) {
    const times: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      for (const [i, program] of Object.values(PROGRAMS).entries()) {
        const took = await guest.sh(`sh ${SCRIPT} ${healthy} ${dead} ${program}`, { timeoutMs: 900_000 })
        times[i]?.push(Number(took))
      }
    }
    const [ours = 0, theirs = 0] = times.map(median)
    one ??= [ours, theirs]
    const [oursOne = 0, theirsOne = 0] = one
    const beyond = healthy + dead === 1 ? '-' : ((ours - oursOne) / (theirs - theirsOne)).toFixed(2)
    process.stdout.write(row([healthy, dead, ours, theirs, (ours / theirs).toFixed(2), beyond]))
  }
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

const row = (cells: readonly (string | number)[]): string =>
  `${cells.map(cell => String(cell).padStart(10)).join('')}\n`
