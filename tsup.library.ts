import { defineConfig } from 'tsup'

/** How every published library is built: ESM and types, readable, for the oldest Node that we support. */
export function library(entry: Record<string, string>) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node18',
    dts: true,
    clean: true,
    // The workspace's own packages resolve to their sources for the type build only; they stay imports in the output.
    esbuildOptions(options) {
      options.conditions = ['@nvmf/source']
    },
  })
}
