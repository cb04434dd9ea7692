import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { buildGuestProgram } from './guest-program.ts'

/** A program of guest-programs/ as one file that the guest's own node runs; gone when the test is over. */
export function bundleForGuest(program: string): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'nvmf-guest-program-'))
  onTestFinished(() => rmSync(outDir, { recursive: true }))
  return buildGuestProgram(program, outDir)
}
