import { isRegistryError, parseDevice, type ReleaseOptions } from '@nvmf/registry-core'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Failure } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import { tell } from '../journal/tell.ts'
import { formerOwner } from '../output/former-owner.ts'
import type { Act } from '../program.ts'
import { ownerFilter } from './owner-filter.ts'
import { writableRegistry } from './writable-registry.ts'

/** `nvmf registry claim`: who owns a live controller. */
export function addRegistryClaim(registry: Command, act: Act): void {
  const claiming = registry
    .command('claim')
    .description('become the owner of a live controller')
    .argument('<device>', 'controller: nvme3 or /dev/nvme3')
    .requiredOption('--owner <name>', 'the new owner')
    .option('--steal', 'take it from its present owner')
  act<{ owner: string; steal?: true }>(withQuiet(claiming), (context, { owner, steal = false }, [device = '']) =>
    claim(context, parseDevice(device), owner, steal),
  )
}

/** `nvmf registry release`: a live controller that nobody owns any more. */
export function addRegistryRelease(registry: Command, act: Act): void {
  const releasing = registry
    .command('release')
    .description('give a live controller up: anybody may disconnect it then')
    .argument('<device>', 'controller: nvme3 or /dev/nvme3')
    .option('--owner <name>', 'only if this is its owner')
  act<{ owner?: string }>(withQuiet(releasing), (context, { owner }, [device = '']) =>
    release(context, parseDevice(device), { owner: ownerFilter(owner) }),
  )
}

/** Makes somebody the owner and says so, to the journal too. */
export function claim(context: Context, device: string, owner: string, steal: boolean): ExitCode {
  try {
    const { outcome, from } = writableRegistry(context).claim(device, owner, { steal })
    const before = outcome === 'stolen' ? `, ${formerOwner(from)}` : ''
    if (outcome !== 'already-ours') tell(context, outcome, device, { owner, from })
    context.print({ device, owner, outcome, from: from ?? null }, [
      outcome === 'already-ours'
        ? `${device} is owned by ${owner} already`
        : `claimed ${device} (owner ${owner}${before})`,
    ])
    return EXIT.ok
  } catch (error) {
    if (!isRegistryError(error) || error.code !== 'owned') throw error
    const { message, owner: present } = error
    throw new Failure(EXIT.owned, 'owned', message, { hint: '--steal takes it', device, owner: present, cause: error })
  }
}

/** Makes nobody the owner and says so, to the journal too. */
export function release(context: Context, device: string, expected: ReleaseOptions): ExitCode {
  const owner = writableRegistry(context).release(device, expected)
  if (owner === undefined) throw new Failure(EXIT.notFound, 'no-owner', `${device} has no owner`, { device })
  tell(context, 'released', device, { owner })
  context.print({ device, owner: null, from: owner }, [`released ${device} (was ${owner}'s)`])
  return EXIT.ok
}
