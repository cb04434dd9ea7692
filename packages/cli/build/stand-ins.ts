import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Options } from 'tsup'

const fileOf = (name: string): string => resolve('src/stand-ins', `${name}.ts`)

/** Modules of Node's that are imported at every start and needed by few. */
export const STAND_INS = { 'node:crypto': fileOf('crypto'), 'node:os': fileOf('os') }

/** What commander imports, by what it gets. */
const OF_COMMANDER: Readonly<Record<string, string>> = {
  'node:child_process': fileOf('of-programs'),
  'node:fs': fileOf('of-programs'),
  'node:path': fileOf('of-programs'),
  'node:process': fileOf('process'),
}

/** commander's own pattern for `<name...>`, and one that V8 reads without Unicode's tables: that takes a millisecond. */
const [VARIADIC, VARIADIC_ASCII] = [String.raw`/\p{ID_Continue}\.\.\.[>\]]$/u`, String.raw`/\w\.\.\.[>\]]$/`]

/** Gives commander as little of Node as it needs. */
export const lessForCommander: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'less-for-commander',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      const standIn = /\/node_modules\/commander\//.test(importer) ? OF_COMMANDER[path] : undefined
      return standIn === undefined ? undefined : { path: standIn }
    })
    build.onLoad({ filter: /\/node_modules\/commander\/lib\/option\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes(VARIADIC)) throw new Error(`${path} has no ${VARIADIC} any more`)
      return { contents: text.replace(VARIADIC, () => VARIADIC_ASCII) }
    })
  },
}
