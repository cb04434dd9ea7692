import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeSys } from '../src/node/sys.ts'
import { benchHost, JOBS, type Job } from './jobs.ts'
import { buildNative } from './native.ts'
import { replay, verify } from './plain.ts'
import { record } from './trace.ts'

/** Entries, and how many rounds the median is of. */
const SIZES = [
  [10, 201],
  [1000, 15],
  [10_000, 5],
] as const

/** So many entries go through each contestant before its clock counts: V8 has compiled by then what it is going to. */
const WARM_UP = 5_000

const TMPFS_MAGIC = 0x01021994

/**
 * Prints what each operation costs per entry, and how much of that is not the system calls: the ratio to a loop over
 * node:fs, in turns with ours, and to one in C, that make the same calls on the same files. Asserts nothing.
 *
 * A ratio is the median of the rounds' own: what slows the machine down for a while slows both in the same round.
 */
export function benchRegistry(): void {
  const shm = '/dev/shm'
  const tmpfs = statfsSync(shm).type === TMPFS_MAGIC
  const scratch = mkdtempSync(join(tmpfs ? shm : tmpdir(), 'registry-bench-'))
  const native = buildNative(scratch)
  const cores = cpus()
  process.stdout.write(
    `registry-core, on ${tmpfs ? 'a tmpfs' : 'no tmpfs'}; Linux ${release().split('-')[0]}, node ${process.versions.node}, ` +
      `${cores.length} x ${cores[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}\n`,
  )
  if (native === undefined) process.stdout.write('C loop: not built: no gcc\n')
  process.stdout.write(row(['operation', 'entries', 'us/entry', 'node:fs', 'C', 'calls/entry', 'x node:fs', 'x C']))
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
  job.prepare(host)
  verify(trace)
  const ours = (): number => {
    const registry = host.registry(nodeSys())
    const begun = performance.now()
    job.run(registry, host.devices)
    return performance.now() - begun
  }
  const inTurns = (contestants: readonly (() => number)[]): number[][] => {
    const times: number[][] = contestants.map(() => [])
    for (let round = -Math.ceil(WARM_UP / many); round < rounds; round++) {
      for (const [i, contestant] of contestants.entries()) {
        job.prepare(host)
        const time = contestant()
        if (round >= 0) times[i]?.push(time)
        if (host.count() !== left) throw new Error(`${job.name}: a loop did not do what the registry does`)
      }
    }
    return times
  }
  // Not in turns with C: starting a process makes all of Node's memory copy-on-write, and whoever runs next pays for that.
  const times = [...inTurns([ours, () => replay(trace)]), ...(native === undefined ? [] : inTurns([native(trace)]))]
  rmSync(host.root, { recursive: true })
  const perEntry = [0, 1, 2].map(i =>
    shown(
      times[i]?.map(time => (time * 1000) / many),
      1,
    ),
  )
  const ratios = [1, 2].map(i =>
    shown(
      times[i]?.map((time, round) => (times[0]?.[round] ?? 0) / time),
      2,
    ),
  )
  process.stdout.write(row([job.name, String(many), ...perEntry, (trace.length / many).toFixed(1), ...ratios]))
}

const shown = (numbers: readonly number[] | undefined, digits: number): string =>
  numbers === undefined ? '-' : ([...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0).toFixed(digits)

const row = ([name = '', ...cells]: readonly string[]): string =>
  `${name.padEnd(10)}${cells.map(cell => cell.padStart(12)).join('')}\n`
