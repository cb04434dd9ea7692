/** `npm run bench`: what things cost, as ratios to the bare system calls in the same run. Asserts nothing. */
import { benchRegistry } from '../packages/registry-core/bench/registry.ts'

benchRegistry()
