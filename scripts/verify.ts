/** `npm test`: everything that needs neither root nor a kernel with NVMe. Arguments go to vitest. */
import { step } from './lib/steps.ts'
import { runTests } from './lib/vitest.ts'

step('format', 'biome', 'ci', '--colors=off', '--error-on-warnings', '.')
step('lint', 'oxlint', '--deny-warnings')
step('types', 'tsc', '-p', '.')
step('unused files, exports and dependencies', 'knip', '--no-config-hints')
step('build', 'turbo', 'run', 'build', '--output-logs=errors-only')
runTests(['unit', 'cli'], process.argv.slice(2))
