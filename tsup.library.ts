import { globSync, rmSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

/**
 * How every published library is built: readable, with types, for the oldest Node that we support, as ESM and as CommonJS:
 * `require` of an ES module does not work before Node 20.19. Programs are ESM only.
 */
export function library(entry: Record<string, string>, programs: Record<string, string> = {}) {
  // Not by tsup's `clean`: the two builds run side by side, and each would take the other's files.
  for (const file of globSync('dist/*.{js,cjs,d.ts,d.cts}')) rmSync(file)
  const common: Options = {
    target: 'node18',
    dts: true,
    // The workspace's own packages resolve to their sources for the type build only; they stay imports in the output.
    esbuildOptions(options) {
      options.conditions = ['@nvmf/source']
    },
  }
  return defineConfig([
    { ...common, entry: { ...entry, ...programs }, format: 'esm' },
    { ...common, entry, format: 'cjs' },
  ])
}
