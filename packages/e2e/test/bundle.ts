import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'tsup'
import { onTestFinished } from 'vitest'

/** A program of guest-programs/ as one file that the guest's own node runs; gone when the test is over. */
export async function bundleForGuest(program: string): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'nvmf-guest-program-'))
  onTestFinished(() => rmSync(outDir, { recursive: true }))
  await build({
    entry: [join(import.meta.dirname, 'guest-programs', program)],
    outDir,
    config: false,
    silent: true,
    format: 'cjs',
    target: 'node18',
    noExternal: [/^@nvmf\//],
    outExtension: () => ({ js: '.cjs' }),
    esbuildOptions: esbuild => {
      esbuild.conditions = ['@nvmf/source']
    },
  })
  return join(outDir, basename(program).replace(/\.ts$/, '.cjs'))
}
