import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

/** The repository. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** Runs a tool of the workspace in its root, with what it prints shown, and ends this process if it fails. */
export function step(title: string, command: string, ...args: string[]): void {
  const begun = performance.now()
  process.stdout.write(`\n=== ${title}\n`)
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) {
    process.stdout.write(`=== ${title}: ${signal === null ? `exit code ${status}` : signal}\n`)
    process.exit(1)
  }
  process.stdout.write(`=== ${title}: done in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`)
}
