import type { Command } from 'commander'
import { withGlobals } from '../globals.ts'
import type { Act } from '../program.ts'
import { addRegistryAttributes } from './registry-attributes.ts'
import { addRegistryGc } from './registry-gc.ts'
import { addRegistryList } from './registry-list.ts'
import { addRegistryOwner } from './registry-owner.ts'
import { addRegistryWatch } from './registry-watch.ts'

/** `nvmf registry …`: the ownership registry itself. */
export function addRegistry(parent: Command, act: Act): void {
  const registry = withGlobals(parent.command('registry').description('look at and change who owns what'))
  addRegistryList(registry, act)
  addRegistryWatch(registry, act)
  addRegistryAttributes(registry, act)
  addRegistryOwner(registry, act)
  addRegistryGc(registry, act)
}
