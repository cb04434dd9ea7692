import { resolve } from 'node:path'
import type { Options } from 'tsup'
import { sharedId, type Wanted, wantedBy } from './wanted.ts'

export type Plugin = NonNullable<Options['esbuildPlugins']>[number]
export type Build = Parameters<Plugin['setup']>[0]

/** Takes the place of src/commands/load-others.ts in the first part. */
export const LOADER = /\/load-others\.ts$/
const SECOND = 'src/commands/other-commands.ts'

/** The second part. */
export interface Second {
  readonly code: string
  readonly wanted: Wanted
  /** What it was made from, as the bundler names it. */
  readonly files: readonly string[]
}

/** Bundles the second part. @param first files whose code it gets from the first */
export async function secondPart(build: Build, first: ReadonlySet<string>): Promise<Second> {
  const { outputFiles = [], metafile } = await build.esbuild.build({
    ...optionsOf(build),
    entryPoints: [SECOND],
    plugins: [fromFirst(first)],
  })
  const code = outputFiles[0]?.text ?? ''
  return { code, wanted: wantedBy(code, first), files: filesWithCode(metafile) }
}

/** Bundles the first part with `contents` as its loader. @returns files that have code in it */
export async function firstPart(build: Build, contents: string): Promise<string[]> {
  const { metafile } = await build.esbuild.build({
    ...optionsOf(build),
    entryPoints: ['src/main.ts'],
    plugins: [
      {
        name: 'loader',
        setup: ({ onLoad }) => onLoad({ filter: LOADER }, () => ({ contents, resolveDir: resolve('.') })),
      },
    ],
  })
  return filesWithCode(metafile)
    .filter(file => !LOADER.test(file))
    .map(file => resolve(file))
}

type Metafile = NonNullable<Awaited<ReturnType<Build['esbuild']['build']>>['metafile']>

function filesWithCode(metafile: Metafile | undefined): string[] {
  const [output] = Object.values(metafile?.outputs ?? {})
  return Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []))
}

/** Leaves out what the first part has. */
function fromFirst(first: ReadonlySet<string>): Plugin {
  const ASKED = {}
  return {
    name: 'from-first',
    setup(build) {
      build.onResolve({ filter: /^[^/]/ }, async ({ path, pluginData, kind, ...where }) => {
        if (pluginData === ASKED || kind === 'entry-point') return undefined
        const found = await build.resolve(path, { ...where, kind, pluginData: ASKED })
        return first.has(found.path) ? { path: sharedId(found.path), external: true } : found
      })
    },
  }
}

const optionsOf = ({ initialOptions }: Build): Build['initialOptions'] => ({
  ...initialOptions,
  banner: {},
  bundle: true,
  write: false,
  metafile: true,
})
