import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Guest, withGuest } from '@nvmf/e2e'
import { buildGuestProgram } from '../test/guest-program.ts'
import { builtPackages, imageWithPackages } from '../test/installed.ts'
import { installLibnvmeRule } from '../test/libnvme-rule.ts'

const SLOWLY = { timeoutMs: 900_000 }
const withoutOurs = (guest: Guest): Promise<string> =>
  guest.sh('ln -s /dev/null /etc/udev/rules.d/70-nvmf-ownership.rules && udevadm control --reload')

/** Whoever cleans up; with nobody, what is left is udevd's own work for so many events. */
const CLEANERS: Readonly<Record<string, (guest: Guest) => Promise<unknown>>> = {
  nobody: withoutOurs,
  helper: async () => {},
  'shell rule': async guest => {
    await withoutOurs(guest)
    await installLibnvmeRule(guest, '70-nvmf-libnvme.rules')
  },
}

interface Told {
  readonly left: readonly string[]
  readonly settled: number
  readonly cpu: { readonly udevd: number; readonly journald: number }
}

/**
 * Prints what it costs udevd, and journald, when a thousand owned controllers go at once: with our rule, with libnvme 3's,
 * and with none, each in a guest of its own with a real kernel and the stock units. Asserts nothing.
 */
export async function benchRemovals(count = 1000): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) {
    process.stdout.write(`${count} removals: skipped: ${reason}\n`)
    return
  }
  const work = mkdtempSync(join(tmpdir(), 'removals-bench-'))
  try {
    await measure(await buildGuestProgram('crowd.ts', work), count)
  } finally {
    rmSync(work, { recursive: true })
  }
}

async function measure(program: string, count: number): Promise<void> {
  const image = await imageWithPackages()
  process.stdout.write(`${count} removals at once under udevd, in a virtual machine; CPU in ms\n`)
  process.stdout.write(row(['', 'udevd', 'beyond nobody', 'journald', 'settled ms', 'left']))
  const told: Record<string, Told> = {}
  for (const [name, prepare] of Object.entries(CLEANERS)) {
    told[name] = await withGuest(image, async guest => {
      await prepare(guest)
      await guest.put(program, '/root/crowd.cjs')
      return JSON.parse(await guest.sh(`node /root/crowd.cjs ${count}`, SLOWLY)) as Told
    })
    const { cpu, settled, left } = told[name]
    const cells = [cpu.udevd, beyond(told, name), cpu.journald, settled, left.length]
    process.stdout.write(row([name, ...cells.map(String)]))
  }
  process.stdout.write(
    `helper / shell rule: ${ratio(name => beyond(told, name))} of what the clean-up costs, ` +
      `${ratio(name => told[name]?.cpu.udevd ?? 0)} of all that udevd does\n`,
  )
}

const ratio = (cost: (name: string) => number): string => (cost('helper') / cost('shell rule')).toFixed(2)

const beyond = (told: Readonly<Record<string, Told>>, name: string): number =>
  (told[name]?.cpu.udevd ?? 0) - (told['nobody']?.cpu.udevd ?? 0)

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'a virtual machine is built as root'
  try {
    builtPackages()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const row = ([name = '', ...cells]: readonly string[]): string =>
  `${name.padEnd(12)}${cells.map(cell => cell.padStart(15)).join('')}\n`
