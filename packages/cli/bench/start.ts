import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const BUILT = resolve(import.meta.dirname, '../dist/nvmf.cjs')
const ROUNDS = 31
const SIZES = [1, 64, 1000]

/**
 * Prints what a whole run of the command costs, as ratios to a Node that runs an empty script, in turns with it: the rest of
 * what a person waits for is Node's own start. Asserts nothing.
 */
export function benchStart(): void {
  process.stdout.write('\nnvmf, from start to end; medians of the rounds, and of their ratios to an empty script\n')
  if (!existsSync(BUILT)) {
    process.stdout.write('not run: packages/cli is not built (npm run build)\n')
    return
  }
  const scratch = mkdtempSync(join(tmpdir(), 'nvmf-bench-'))
  try {
    const script = join(scratch, 'empty.cjs')
    writeFileSync(script, '')
    const roots = SIZES.map(size => host(join(scratch, String(size)), size))
    const contestants = [
      ['an empty script', [script]],
      ['nvmf --version', [BUILT, '--version']],
      ...['registry list', 'list'].flatMap(command =>
        SIZES.map((size, i) => [
          `nvmf ${command}, ${size} controllers`,
          [BUILT, '--root', roots[i] as string, ...command.split(' ')],
        ]),
      ),
    ] as [string, string[]][]
    const times = contestants.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, [, args]] of contestants.entries()) times[i]?.push(measured(args))
    const empty = times[0] as number[]
    for (const [i, [name]] of contestants.entries()) {
      const ours = times[i] as number[]
      const ms = median(ours).toFixed(1).padStart(8)
      // A round's own: from one to the next the machine may have got something else to do.
      const ratio = median(ours.map((took, round) => took / (empty[round] as number))).toFixed(2)
      process.stdout.write(`${name.padEnd(36)} ${ms} ms ${ratio.padStart(6)}x\n`)
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function measured(args: readonly string[]): number {
  // What the workspace itself needs would be charged to every start.
  const { NODE_OPTIONS: _, ...env } = process.env
  const begun = process.hrtime.bigint()
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return Number(process.hrtime.bigint() - begun) / 1e6
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] as number

/** A host with so many controllers, each with an owner and all the files that it has on a real one. */
function host(root: string, size: number): string {
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
  for (let i = 0; i < size; i++) {
    const device = `nvme${i}`
    const sysfs = `sys/class/nvme/${device}`
    for (const dir of [sysfs, `run/nvme/registry/${device}`, 'dev']) mkdirSync(join(root, dir), { recursive: true })
    const attributes = {
      transport: 'tcp',
      address: `traddr=192.0.2.${i % 256},trsvcid=4420`,
      subsysnqn: `nqn.2026-01.example:${i}`,
      state: 'live',
      cntlid: '1',
      cntrltype: 'io',
      hostnqn: 'nqn.2026-01.example:host',
      hostid: '0d5ae6f2-4a1c-4a0e-9d0a-6b7c0f0a1e11',
      numa_node: '-1',
    }
    for (const [name, value] of Object.entries(attributes)) write(`${sysfs}/${name}`, `${value}\n`)
    write(`run/nvme/registry/${device}/owner`, 'stas\n')
    write(`run/nvme/registry/${device}/seqnum`, '5311\n')
    write(`run/nvme/registry/${device}/incarnation`, `${statSync(join(root, sysfs)).ino}\n`)
  }
  return root
}
