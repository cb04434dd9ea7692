/**
 * `npm run bench`: what things cost, as ratios to the bare system calls, and to what libnvme starts, in the same run.
 * Asserts nothing. The last part needs root and what `npm run test:host` builds, and says so.
 */
import { benchRemovals } from '../packages/e2e/bench/removals.ts'
import { benchRegistry } from '../packages/registry-core/bench/registry.ts'
import { benchOneRemoval } from '../packages/udev-cleanup/bench/one-removal.ts'

benchRegistry()
benchOneRemoval()
await benchRemovals()
