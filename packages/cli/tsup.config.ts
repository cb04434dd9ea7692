import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { bundledPackages } from './build/bundled-packages.ts'
import { readLater } from './build/read-later.ts'
import { lessForCommander, STAND_INS } from './build/stand-ins.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** One file with everything in it: nothing to resolve at start-up, and nothing to install beside it. */
export default defineConfig({
  entry: { nvmf: 'src/main.ts' },
  format: ['cjs'],
  target: 'node18',
  platform: 'node',
  outExtension: () => ({ js: '.cjs' }),
  noExternal: [/.*/],
  splitting: false,
  removeNodeProtocol: false,
  banner: { js: '#!/usr/bin/env node' },
  // The manual and the completions are made from the command tree of this very build.
  onSuccess: 'node --conditions=@nvmf/source build/documents.ts',
  define: { NVMF_VERSION: JSON.stringify(version) },
  esbuildPlugins: [lessForCommander, readLater, bundledPackages],
  esbuildOptions(options) {
    options.conditions = ['@nvmf/source']
    options.alias = STAND_INS
    // The second part (build/read-later.ts) is run by compileFunction, and Node 18 gives such code no import().
    options.supported = { 'dynamic-import': false }
    // All of it is read at every start. The names stay, for whoever gets to see a stack.
    options.minifyWhitespace = true
    options.minifySyntax = true
  },
})
