import { defineConfig } from 'tsup'

/** The contract as one file, to be carried into a virtual machine and run there as root. */
export default defineConfig({
  entry: { 'contract-on-this-kernel': 'src/contract/run.ts' },
  format: ['cjs'],
  outExtension: () => ({ js: '.cjs' }),
  target: 'node18',
})
