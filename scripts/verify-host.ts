/** `npm run test:host`: the native helper, the packages and the virtual machine. Root on Debian. Arguments go to vitest. */
import { needDebianRoot, needPackages } from './lib/debian.ts'
import { step } from './lib/steps.ts'
import { runTests } from './lib/vitest.ts'

needDebianRoot()
// Each test's own needs beyond these (the guest's, QEMU's) are fetched by the harness that has them.
needPackages(['gcc', 'libc6-dev', 'make', 'dpkg-dev', 'rpm', 'xz-utils', 'lintian', 'shellcheck'])
step('build', 'turbo', 'run', 'build', '--output-logs=errors-only')
step('native helper', 'node', 'packages/udev-cleanup/build/native.ts')
step('packages', 'node', 'packaging/build.ts')
step('virtual machine', 'node', 'packages/e2e/src/main.ts', 'prepare')
runTests(['host'], process.argv.slice(2))
