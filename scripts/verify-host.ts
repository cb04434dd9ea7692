/** `npm run test:host`: the native helper, the packages and the virtual machine. Root on Debian. Arguments go to vitest. */
import { needDebianRoot, needPackages } from './lib/debian.ts'
import { step } from './lib/steps.ts'
import { runTests } from './lib/vitest.ts'

needDebianRoot()
// Each test's own needs beyond these (the guest's, QEMU's) are fetched by the harness that has them.
needPackages(
  [
    'gcc libc6-dev make dpkg-dev rpm dnf xz-utils lintian rpmlint shellcheck',
    'gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static',
    'zsh fish man-db mandoc',
  ]
    .join(' ')
    .split(' '),
)
step('build', 'turbo', 'run', 'build', '--output-logs=errors-only')
step('native helper', 'node', 'packages/udev-cleanup/build/native.ts')
// Side by side: the engine is one long file to compile, an image is downloads and a boot, and the nodes are downloads.
const NODES = 'node packaging/nodes.ts'
const ARM64 = 'node packages/udev-cleanup/build/native.ts --arch arm64'
const VM = 'node packages/e2e/src/main.ts prepare'
const all = `${ARM64} & arm64=$!; ${NODES} & nodes=$!; ${VM} && ${VM} --suite bookworm && wait $arm64 && wait $nodes`
step('virtual machines, native helper for arm64, nodes', 'sh', '-c', all)
step('packages', 'node', 'packaging/build.ts', '--arch', 'amd64', '--arch', 'arm64')
runTests(['host'], process.argv.slice(2))
