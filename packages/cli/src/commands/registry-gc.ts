import { Announcements, type DeadReason, type KeptReason, type Swept, type SweptEntry } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import { tell } from '../journal/tell.ts'
import { visible } from '../output/text.ts'
import type { Act } from '../program.ts'
import { writableRegistry } from './writable-registry.ts'

/** `nvmf registry gc`: removes what dead controllers and dead writers left. */
export function addRegistryGc(registry: Command, act: Act): void {
  const command = registry
    .command('gc')
    .description('remove entries of controllers that are gone')
    .option('--dry-run', 'only say what would be removed, and what would stay')
  act<{ dryRun?: true }>(withQuiet(command), async (context, { dryRun = false }) => {
    // At once: a sweep that fails, or is killed, has removed these all the same.
    const onRemoved = ({ device, owner, reason }: SweptEntry<DeadReason>): void =>
      tell(context, 'entry-removed', device, { owner, reason })
    const entries = writableRegistry(context).sweep({ dryRun, onRemoved })
    const announcements = new Announcements({ root: context.root })
    const ended = await (dryRun ? announcements.leftovers() : announcements.clear())
    const swept = { ...entries, leftovers: [...entries.leftovers, ...ended.map(name => `.announced/${name}`)] }
    context.print({ dryRun, ...swept }, told(swept, dryRun, context.verbose))
    return EXIT.ok
  })
}

/** What became of each, or would. That a live controller's entry stays is worth a line in a dry run only, or with -v. */
function told({ removed, kept, leftovers }: Swept, dryRun: boolean, verbose: boolean): string[] {
  const named = ({ device, owner }: SweptEntry<unknown>): string =>
    verbose && owner !== undefined ? `${device} (owner ${owner})` : device
  const [remove, keep] = dryRun ? ['would remove', 'would keep'] : ['removed', 'kept']
  const stays = kept.filter(({ reason }) => dryRun || verbose || reason !== 'alive')
  const lines = [
    ...(removed.length + leftovers.length === 0 ? ['nothing to remove'] : []),
    ...removed.map(entry => `${remove} ${named(entry)}: ${DEAD[entry.reason]}`),
    ...leftovers.map(name => `${remove} ${name}: left over, and no process goes on with it`),
    ...stays.map(entry => `${keep} ${named(entry)}: ${KEPT[entry.reason]}`),
  ]
  return lines.map(visible)
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
