import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Guest } from '@nvmf/e2e'
import { onTestFinished } from 'vitest'
import { bundleForGuest } from './bundle.ts'
import type { Done, Step } from './guest-programs/many.ts'

export type { Done, Step }

/**
 * Runs steps in one process of the guest, see guest-programs/many.ts.
 * @param under a command in front of node, strace
 */
export async function many(guest: Guest, steps: readonly Step[], under = ''): Promise<Done[]> {
  const dir = mkdtempSync(join(tmpdir(), 'nvmf-steps-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'steps.json'), JSON.stringify(steps))
  await guest.put(await bundleForGuest('many.ts'), '/root/many.cjs')
  await guest.put(join(dir, 'steps.json'), '/root/steps.json')
  return JSON.parse(await guest.sh(`${under} node /root/many.cjs /root/steps.json`, { timeoutMs: 300_000 })) as Done[]
}

/** Takes the namespaces of the targets away: without a disk udev has nothing to probe, which is not what this is about. */
export const withoutDisks = (guest: Guest): Promise<string> =>
  guest.sh('for f in /sys/kernel/config/nvmet/subsystems/*/namespaces/1/enable; do echo 0 >$f; done')

/** A command line as words; none of ours has a space in a word. */
export const nvmfStep = (line: string, keep = false): Step => ({ nvmf: line.split(' '), keep })
