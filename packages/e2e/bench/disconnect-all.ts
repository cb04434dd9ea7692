import { join, resolve } from 'node:path'
import { type Guest, PrerequisiteError, prepareImage, withGuest } from '@nvmf/e2e'

const NVMF = resolve(import.meta.dirname, '../../cli/dist/nvmf.cjs')
const SCRIPT = '/root/disconnect-all.sh'

/** Healthy controllers on loop, dead ones on tcp, and rounds. */
const LOADS = [
  [1, 0, 3],
  [64, 0, 3],
  [256, 0, 3],
  [16, 4, 1],
] as const
const PROGRAMS = { nvmf: 'node /root/nvmf.cjs disconnect-all', 'nvme-cli': 'nvme disconnect-all' } as const

/**
 * Prints the wall time of disconnect-all, ours and that of Debian's nvme-cli, in turns in one virtual machine, medians.
 * Both start their program in it: what node needs for that is the first line. Asserts only that all controllers went.
 */
export async function benchDisconnectAll(): Promise<void> {
  try {
    const image = await prepareImage({ log: line => process.stderr.write(`${line}\n`) })
    await withGuest(image, measure)
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error
    process.stdout.write(`disconnect-all: not measured: ${error.message}\n`)
  }
}

async function measure(guest: Guest): Promise<void> {
  await guest.put(NVMF, '/root/nvmf.cjs')
  await guest.put(join(import.meta.dirname, 'disconnect-all.sh'), SCRIPT)
  const version = (await guest.sh('nvme version')).split('\n')[0]
  process.stdout.write(`disconnect-all, in the virtual machine, ms; medians. Beside: ${version}\n`)
  process.stdout.write(row(['healthy', 'dead', ...Object.keys(PROGRAMS), 'ratio']))
  for (const [healthy, dead, rounds] of LOADS) {
    const times: number[][] = [[], []]
    for (let round = 0; round < rounds; round++) {
      for (const [i, program] of Object.values(PROGRAMS).entries()) {
        const took = await guest.sh(`sh ${SCRIPT} ${healthy} ${dead} ${program}`, { timeoutMs: 900_000 })
        times[i]?.push(Number(took))
      }
    }
    const [ours = 0, theirs = 0] = times.map(median)
    process.stdout.write(row([healthy, dead, ours, theirs, (ours / theirs).toFixed(2)]))
  }
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

const row = (cells: readonly (string | number)[]): string =>
  `${cells.map(cell => String(cell).padStart(10)).join('')}\n`
