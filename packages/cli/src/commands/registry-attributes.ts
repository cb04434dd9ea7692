import { parseDevice } from '@nvmf/registry-core'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { Failure, usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'
import { claim } from './registry-owner.ts'
import { writableRegistry } from './writable-registry.ts'

export const OWNER = 'owner'

interface Options {
  readonly attr?: string
  readonly value?: string
  readonly steal?: true
}

export const withAttribute = (command: Command, which: string): Command =>
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

function required({ command }: Context, value: string | undefined, name: string): string {
  if (value === undefined) throw usage(`${name} is required`, `nvmf ${command} --help shows how`)
  return value
}

export const noAttribute = (device: string, attribute: string): Failure =>
  new Failure(EXIT.notFound, 'no-attribute', `${device} has no attribute ${attribute}`, { device })
