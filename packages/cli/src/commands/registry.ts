import type { Command } from 'commander'
import { withGlobals } from '../globals.ts'
import type { Act } from '../program.ts'
import { addCommands, type Commands } from './commands.ts'
import { addRegistryDelete, addRegistryRetrieve, addRegistryUpdate } from './registry-attributes.ts'
import { addRegistryGc } from './registry-gc.ts'
import { addRegistryList } from './registry-list.ts'
import { addRegistryClaim, addRegistryRelease } from './registry-owner.ts'
import { addRegistryWatch } from './registry-watch.ts'

/** Every command of `nvmf registry`. */
const REGISTRY: Commands = {
  list: addRegistryList,
  watch: addRegistryWatch,
  retrieve: addRegistryRetrieve,
  update: addRegistryUpdate,
  delete: addRegistryDelete,
  claim: addRegistryClaim,
  release: addRegistryRelease,
  gc: addRegistryGc,
}

/** `nvmf registry …`: the ownership registry itself. */
export function addRegistry(parent: Command, act: Act, words: readonly string[]): void {
  const registry = withGlobals(parent.command('registry').description('look at and change who owns what'))
  addCommands(registry, REGISTRY, act, words)
}
