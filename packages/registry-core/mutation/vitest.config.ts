import { defineConfig } from 'vitest/config'

/** The tests that decide in milliseconds. The explorer and the hammer would need minutes for every mutant. */
export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    exclude: ['**/*.{cli,host}.test.ts', 'test/{explore,explore-*,checker,mutations}.test.ts'],
    env: { PROPERTY_RUNS: '200' },
    isolate: false,
  },
})
