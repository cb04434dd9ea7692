import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeSys } from '../src/node/sys.ts'
import { benchHost, JOBS, type Job } from './jobs.ts'
import { buildNative } from './native.ts'
import { replay } from './plain.ts'
import { record } from './trace.ts'

/** Entries, and how many rounds the median is of. */
const SIZES = [
  [10, 101],
  [1000, 9],
  [10_000, 3],
] as const

const TMPFS_MAGIC = 0x01021994

/**
 * Prints what each operation costs per entry, and how much of that is not the system calls: the ratio to a loop over
 * node:fs, and to one in C, that make the same calls on the same files, in turns with ours. Asserts nothing.
 */
export function benchRegistry(): void {
  const shm = '/dev/shm'
  const tmpfs = statfsSync(shm).type === TMPFS_MAGIC
  const scratch = mkdtempSync(join(tmpfs ? shm : tmpdir(), 'registry-bench-'))
  const native = buildNative(scratch)
  process.stdout.write(`registry-core, on ${tmpfs ? 'a tmpfs' : 'no tmpfs'}; medians\n`)
  if (native === undefined) process.stdout.write('C loop: not built: no gcc\n')
  process.stdout.write(row(['operation', 'entries', 'us/entry', 'calls/entry', 'x node:fs', 'x C']))
  try {
    for (const job of JOBS) for (const [many, rounds] of SIZES) measure(job, many, rounds, scratch, native)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function measure(
  job: Job,
  many: number,
  rounds: number,
  scratch: string,
  native: ReturnType<typeof buildNative>,
): void {
  const host = benchHost(join(scratch, `${job.name}${many}`), many)
  job.prepare(host)
  const trace = record(sys => job.run(host.registry(sys), host.devices))
  const left = host.count()
  const contestants: (() => number)[] = [
    () => {
      const registry = host.registry(nodeSys())
      const begun = performance.now()
      job.run(registry, host.devices)
      return performance.now() - begun
    },
    () => replay(trace),
    ...(native === undefined ? [] : [native(trace)]),
  ]
  const times: number[][] = contestants.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      job.prepare(host)
      times[i]?.push(contestant())
      if (host.count() !== left) throw new Error(`${job.name}: a loop did not do what the registry does`)
    }
  }
  rmSync(host.root, { recursive: true })
  const [ours = 0, plain = 0, c] = times.map(median)
  const cells = [
    job.name,
    String(many),
    ((ours * 1000) / many).toFixed(1),
    (trace.length / many).toFixed(1),
    (ours / plain).toFixed(2),
    c === undefined ? '-' : (ours / c).toFixed(2),
  ]
  process.stdout.write(row(cells))
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0

const row = ([name = '', ...cells]: readonly string[]): string =>
  `${name.padEnd(10)}${cells.map(cell => cell.padStart(12)).join('')}\n`
