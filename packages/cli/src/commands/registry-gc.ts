import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import type { Act } from '../program.ts'

/** `nvmf registry gc`: removes what dead controllers and dead writers left. */
export function addRegistryGc(registry: Command, act: Act): void {
  const command = registry.command('gc').description('remove entries of controllers that are gone')
  act(command, context => {
    const { removed, kept, leftovers } = context.registry.sweep()
    for (const { device, owner, reason } of removed)
      context.journal(`removed the entry of ${device}`, { owner, reason })
    const lines = [
      ...removed.map(({ device, reason }) => `removed ${device}: ${reason}`),
      ...leftovers.map(name => `removed ${name}: its writer is gone`),
      ...kept.filter(({ reason }) => reason !== 'alive').map(({ device, reason }) => `kept ${device}: ${reason}`),
    ]
    context.print({ version: 1, removed, kept, leftovers }, lines.length === 0 ? ['nothing to remove'] : lines)
    return EXIT.ok
  })
}
