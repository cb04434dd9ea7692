import { parseDevice } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { Failure, usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import { tell } from '../journal/tell.ts'
import type { Act } from '../program.ts'
import { claim, release } from './registry-owner.ts'
import { writableRegistry } from './writable-registry.ts'

const OWNER = 'owner'

interface Options {
  readonly attr?: string
  readonly value?: string
  readonly steal?: true
  readonly yes?: true
}

const withAttribute = (command: Command, which: string): Command =>
  command.argument('<device>', 'controller: nvme3 or /dev/nvme3').option('-a, --attr <name>', which)

/** `nvmf registry retrieve`: one attribute of an entry. */
export function addRegistryRetrieve(registry: Command, act: Act): void {
  const retrieve = withAttribute(
    registry.command('retrieve').description('print one attribute of a controller'),
    'which attribute',
  )
  act<Options>(retrieve, (context, options, [text = '']) => {
    const device = parseDevice(text)
    const attribute = required(context, options.attr, '--attr (-a)')
    const value = context.registry.retrieve(device, attribute)
    if (value === undefined) throw noAttribute(device, attribute)
    context.print({ device, attribute, value }, [value])
    return EXIT.ok
  })
}

/** `nvmf registry update`: one attribute, which may be the owner. */
export function addRegistryUpdate(registry: Command, act: Act): void {
  const update = withAttribute(
    registry.command('update').description('set an attribute of a controller, its owner included'),
    'which attribute',
  )
    .option('-V, --value <value>', 'what to set it to')
    .option('--steal', 'take it from its present owner (attribute owner)')
  act<Options>(withQuiet(update), (context, options, [text = '']) => {
    const device = parseDevice(text)
    const attribute = required(context, options.attr, '--attr (-a)')
    const value = required(context, options.value, '--value (-V)')
    if (attribute === OWNER) return claim(context, device, value, options.steal === true)
    if (options.steal) throw usage('--steal is for the attribute owner')
    writableRegistry(context).update(device, attribute, value)
    context.print({ device, attribute, value }, [context.verbose ? `set ${attribute} of ${device}` : undefined])
    return EXIT.ok
  })
}

/** `nvmf registry delete`: one attribute, or all of an entry. */
export function addRegistryDelete(registry: Command, act: Act): void {
  const remove = withAttribute(
    registry.command('delete').description("remove an attribute, or all of a controller's entry"),
    'only this attribute',
  ).option('--yes', 'do not ask')
  act<Options>(withQuiet(remove), async (context, { attr, yes = false }, [text = '']) => {
    const device = parseDevice(text)
    const owner =
      (attr === undefined || attr === OWNER) && !yes ? await confirmUnprotecting(context, device, attr) : undefined
    // Whoever took it while somebody was asked about another owner keeps it.
    if (attr === OWNER) return release(context, device, owner)
    if (attr === undefined) return deleteEntry(context, device)
    if (!writableRegistry(context).remove(device, attr)) throw noAttribute(device, attr)
    context.print({ device, attribute: attr, removed: true }, [
      context.verbose ? `removed ${attr} of ${device}` : undefined,
    ])
    return EXIT.ok
  })
}

function deleteEntry(context: Context, device: string): typeof EXIT.ok {
  const owner = context.registry.entry(device)?.owner
  if (!writableRegistry(context).delete(device))
    throw new Failure(EXIT.notFound, 'no-entry', `${device} is not registered`, { device })
  tell(context, 'entry-deleted', device, { owner })
  const whose = owner === undefined ? '' : ` (owner ${owner})`
  context.print({ device, removed: true, owner: owner ?? null }, [
    context.verbose ? `removed the entry of ${device}${whose}` : undefined,
  ])
  return EXIT.ok
}

/** A live controller that loses its owner, known or not, is disconnect-all's: a person is asked first. The owner, if it is known. */
async function confirmUnprotecting(context: Context, device: string, what = 'entry'): Promise<string | undefined> {
  const ownership = context.registry.ownerOf(device)
  if (ownership.state === 'unowned') return undefined
  const whose =
    ownership.state === 'owned'
      ? `${device} is owned by ${ownership.owner}`
      : `the owner of ${device} cannot be read (${ownership.reason})`
  await confirm(context, [`${whose}; without an owner anybody may disconnect it.`], `Remove the ${what}?`)
  return ownership.state === 'owned' ? ownership.owner : undefined
}

function required({ command }: Context, value: string | undefined, name: string): string {
  if (value === undefined) throw usage(`${name} is required`, `nvmf ${command} --help shows how`)
  return value
}

const noAttribute = (device: string, attribute: string): Failure =>
  new Failure(EXIT.notFound, 'no-attribute', `${device} has no attribute ${attribute}`, { device })
