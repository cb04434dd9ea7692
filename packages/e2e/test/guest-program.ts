import { basename, join } from 'node:path'
import { build } from 'tsup'

/** Bundles a program of guest-programs/ into one file in `outDir`, for the guest's own node. */
export async function buildGuestProgram(program: string, outDir: string): Promise<string> {
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
