/**
 * `npm run bench`: what things cost, as ratios to the bare system calls, and to what libnvme starts, in the same run.
 * Asserts nothing. The last two parts need root and what `npm run test:host` builds, and say so.
 */

import { benchStart } from '../packages/cli/bench/start.ts'
import { benchDisconnectAll } from '../packages/e2e/bench/disconnect-all.ts'
import { benchRemovals } from '../packages/e2e/bench/removals.ts'
import { benchRegistry } from '../packages/registry-core/bench/registry.ts'
import { benchOneRemoval } from '../packages/udev-cleanup/bench/one-removal.ts'

benchRegistry()
benchStart()
benchOneRemoval()
await benchRemovals()
await benchDisconnectAll()
