import type { Command } from 'commander'
import { withGlobals } from '../globals.ts'
import type { Act } from '../program.ts'
import { addCommands, type Commands, other } from './commands.ts'
import { addRegistryList } from './registry-list.ts'

/** Every command of `nvmf registry`. */
const REGISTRY: Commands = {
  list: () => addRegistryList,
  watch: other('addRegistryWatch'),
  retrieve: other('addRegistryRetrieve'),
  update: other('addRegistryUpdate'),
  delete: other('addRegistryDelete'),
  claim: other('addRegistryClaim'),
  release: other('addRegistryRelease'),
  gc: other('addRegistryGc'),
}

/** `nvmf registry …`: the ownership registry itself. */
export async function addRegistry(parent: Command, act: Act, words: readonly string[]): Promise<void> {
  const registry = withGlobals(parent.command('registry').description('look at and change who owns what'))
  await addCommands(registry, REGISTRY, act, words)
}
