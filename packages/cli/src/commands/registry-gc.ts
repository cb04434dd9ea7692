import type { DeadReason, KeptReason } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'

/** `nvmf registry gc`: removes what dead controllers and dead writers left. */
export function addRegistryGc(registry: Command, act: Act): void {
  const command = registry.command('gc').description('remove entries of controllers that are gone')
  act(withQuiet(command), context => {
    const { removed, kept, leftovers } = context.registry.sweep()
    for (const { device, owner, reason } of removed) context.journal('entry-removed', device, { owner, reason })
    const lines = [
      ...removed.map(({ device, reason }) => `removed ${device}: ${DEAD[reason]}`),
      ...leftovers.map(name => `removed ${name}: its writer is gone`),
      ...kept.filter(({ reason }) => reason !== 'alive').map(({ device, reason }) => `kept ${device}: ${KEPT[reason]}`),
    ]
    context.print({ removed, kept, leftovers }, lines.length === 0 ? ['nothing to remove'] : lines)
    return EXIT.ok
  })
}

const DEAD: Readonly<Record<DeadReason, string>> = {
  'controller-gone': 'its controller is gone',
  'number-recycled': 'another controller has this name now',
  'older-than-event': 'older than the last remove event',
}

const KEPT: Readonly<Record<KeptReason, string>> = {
  alive: 'its controller is there',
  unproven: "nothing tells that it is a dead controller's",
  'no-sysfs': 'sysfs cannot be read',
  damaged: 'it is damaged',
  unreadable: 'it cannot be read',
}
