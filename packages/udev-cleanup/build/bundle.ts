import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Options } from 'tsup'
import { build } from 'tsup'
import { BuildError } from './run.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * QuickJS 2025 calls its modules `std` and `os`. TypeScript sources say `qjs:std` and `qjs:os`, the names that its
 * successors use, because a plain `os` would be typed as Node's.
 */
const quickjsModules: Plugin = {
  name: 'quickjs-modules',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^(qjs:)?(std|os)$/ }, ({ path }) => ({
      path: path.replace('qjs:', ''),
      external: true,
    }))
    // Ours, linked in by compile.ts.
    esbuild.onResolve({ filter: /^nvmf:/ }, ({ path }) => ({ path, external: true }))
  },
}

/** Bundles an entry point with everything it imports, from the workspace's sources, into one ES2020 module. */
export async function bundle(entry: string, workDir: string): Promise<string> {
  const options: Options = {
    entry: { bundle: entry },
    outDir: workDir,
    config: false,
    silent: true,
    clean: false,
    dts: false,
    format: 'esm',
    target: 'es2020',
    platform: 'neutral',
    splitting: false,
    noExternal: [/^@nvmf\//],
    outExtension: () => ({ js: '.js' }),
    esbuildPlugins: [quickjsModules],
    esbuildOptions(esbuild) {
      esbuild.conditions = ['@nvmf/source']
      esbuild.legalComments = 'none'
    },
  }
  try {
    await build(options)
  } catch (error) {
    throw new BuildError(`bundling: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  return readFileSync(join(workDir, 'bundle.js'), 'utf8')
}
