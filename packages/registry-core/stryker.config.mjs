/**
 * `pnpm mutate`: breaks the sources in 2,000 small ways, one at a time, and asks of the tests that each is noticed.
 *
 * Which survivors are meant, and why, says mutation/survivors.mjs; the run ends with an error if it is wrong about one, or
 * if less than 90 % are killed. A mutant that never ends is killed by its time. What is only run while modules are loaded
 * (constants, patterns) would need a process for each mutant and is left out: `ignoreStatic`.
 */
export default {
  testRunner: 'vitest',
  // forks: a worker thread may not set the umask.
  vitest: { configFile: 'mutation/vitest.config.ts', related: false, pool: 'forks' },
  plugins: ['@stryker-mutator/vitest-runner', './mutation/explained.mjs'],
  mutate: ['src/**/*.ts'],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 10_000,
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ['clear-text', 'explained', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: false },
}
