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

/** Gives commander as little of Node as it needs. */
export const lessForCommander: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'less-for-commander',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      const standIn = /\/node_modules\/commander\//.test(importer) ? OF_COMMANDER[path] : undefined
      return standIn === undefined ? undefined : { path: standIn }
    })
  },
}
