import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const HELPER = resolve(import.meta.dirname, '../dist/nvmf-registry-cleanup')
const ROUNDS = 500
const TMPFS_MAGIC = 0x01021994

/**
 * Prints what one removal costs as a whole process, from the start to the end: the native helper beside what libnvme 3's rule
 * starts, in turns, on the same entry. Asserts nothing.
 */
export function benchOneRemoval(): void {
  if (!existsSync(HELPER)) {
    process.stdout.write('one removal: skipped: no helper: node packages/udev-cleanup/build/native.ts\n')
    return
  }
  const shm = '/dev/shm'
  const onTmpfs = statfsSync(shm).type === TMPFS_MAGIC
  const root = mkdtempSync(join(onTmpfs ? shm : tmpdir(), 'cleanup-bench-'))
  try {
    measure(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function measure(root: string): void {
  const loop = join(root, 'whole-process')
  const source = join(import.meta.dirname, 'whole-process.c')
  if (spawnSync('gcc', ['-O2', '-o', loop, source], { stdio: 'inherit' }).status !== 0) {
    process.stdout.write('one removal: skipped: no gcc\n')
    return
  }
  for (const dir of ['run/nvme/registry', 'sys/class/nvme', 'dev']) mkdirSync(join(root, dir), { recursive: true })
  writeFileSync(join(root, 'dev/kmsg'), '')
  const entry = join(root, 'run/nvme/registry/nvme3')
  // What udevd would run for the rule of libnvme 3, the names filled in.
  const upstream = `[ -e ${root}/dev/nvme3 ] || [ 102 -le $(cat ${entry}/seqnum 2>/dev/null || echo 0) ] || rm -rf ${entry}`
  const commands = [HELPER, '--root', root, 'nvme3', '--', '/bin/sh', '-c', upstream]
  const printed = execFileSync(loop, [String(ROUNDS), entry, ...commands], {
    env: { SEQNUM: '102', PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  })
  const rounds = printed
    .trim()
    .split('\n')
    .map(line => line.trim().split(' ').map(Number))
  const column = (at: number): number => median(rounds.map(round => round[at] as number))
  process.stdout.write(`one removal as a whole process, ${ROUNDS} rounds in turns; medians\n`)
  process.stdout.write(row(['', 'helper', 'shell rule', 'ratio']))
  for (const [at, what] of [
    [0, 'wall us'],
    [1, 'CPU us'],
    [2, 'peak KiB'],
  ] as const)
    process.stdout.write(
      row([what, ...[column(at), column(at + 3)].map(String), (column(at) / column(at + 3)).toFixed(2)]),
    )
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const row = ([name = '', ...cells]: readonly string[]): string =>
  `${name.padEnd(10)}${cells.map(cell => cell.padStart(12)).join('')}\n`
