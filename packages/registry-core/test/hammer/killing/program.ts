import { join } from 'node:path'
import { build } from 'tsup'

/** Bundles worker.ts into one file in `dir`, without types: it starts in a third of the time. */
export async function buildWorker(dir: string): Promise<string> {
  await build({
    entry: [join(import.meta.dirname, 'worker.ts')],
    outDir: dir,
    config: false,
    silent: true,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
  })
  return join(dir, 'worker.mjs')
}
