import type { Options } from 'tsup'
import { readLaterFrom } from './read-later.ts'

/** The bundler's, which tsup brings. */
type Plugin = NonNullable<Options['esbuildPlugins']>[number]

const OF_A_PACKAGE = /(?:^|\/)node_modules\//

/**
 * Names the packages in a bundle at its end, each where the bundler found it: whoever passes the file on has to know what is
 * in it (packaging/lib/bundled.ts). The bundler's own comments of that kind go when it leaves out white space.
 */
export const bundledPackages: Plugin = {
  name: 'bundled-packages',
  setup(build) {
    build.initialOptions.metafile = true
    build.onEnd(({ metafile, outputFiles = [] }) => {
      for (const file of outputFiles) {
        const output = Object.entries(metafile?.outputs ?? {}).find(([path]) => file.path.endsWith(path))?.[1]
        const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        const paths = new Set([...used.map(([path]) => path), ...readLaterFrom])
        const files = [...paths].filter(path => OF_A_PACKAGE.test(path))
        if (files.length > 0) file.contents = Buffer.from(`${file.text}${files.map(path => `// ${path}\n`).join('')}`)
      }
    })
  },
}
