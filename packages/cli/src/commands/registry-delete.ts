import { incarnationOf } from '@nvmf/controllers'
import { type Entry, type Expected, isRegistryError, parseDevice, type ReleaseOptions } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { asFailure, Failure } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import { tell } from '../journal/tell.ts'
import type { Act } from '../program.ts'
import { noAttribute, OWNER, withAttribute } from './registry-attributes.ts'
import { release } from './registry-owner.ts'
import { writableRegistry } from './writable-registry.ts'

interface Options {
  readonly attr?: string
  readonly yes?: true
}

/** `nvmf registry delete`: one attribute, or all of an entry. */
export function addRegistryDelete(registry: Command, act: Act): void {
  const remove = withAttribute(
    registry.command('delete').description("remove an attribute, or all of a controller's entry"),
    'only this attribute',
  ).option('--yes', 'do not ask')
  act<Options>(withQuiet(remove), async (context, { attr, yes = false }, [text = '']) => {
    const device = parseDevice(text)
    if (attr !== undefined && attr !== OWNER) return removeAttribute(context, device, attr)
    // A script says what it wants with its options; what a person has seen is what goes, or nothing.
    const expected = yes || !(await context.io.interactive()) ? {} : await confirmUnprotecting(context, device, attr)
    return unlessChanged(context, device, expected, () =>
      attr === OWNER ? release(context, device, toRelease(expected)) : deleteEntry(context, device, expected),
    )
  })
}

function removeAttribute(context: Context, device: string, attr: string): ExitCode {
  if (!writableRegistry(context).remove(device, attr)) throw noAttribute(device, attr)
  context.print({ device, attribute: attr, removed: true }, [
    context.verbose ? `removed ${attr} of ${device}` : undefined,
  ])
  return EXIT.ok
}

function deleteEntry(context: Context, device: string, expected: Expected): ExitCode {
  const owner = context.registry.entry(device)?.owner
  if (!writableRegistry(context).delete(device, expected))
    throw new Failure(EXIT.notFound, 'no-entry', `${device} is not registered`, { device })
  tell(context, 'entry-deleted', device, { owner })
  const whose = owner === undefined ? '' : ` (owner ${owner})`
  context.print({ device, removed: true, owner: owner ?? null }, [
    context.verbose ? `removed the entry of ${device}${whose}` : undefined,
  ])
  return EXIT.ok
}

/**
 * A live controller that loses its owner, known or not, may be disconnected by anybody: a person is asked first.
 * @returns what was looked at, whether that had to be asked about or not
 */
async function confirmUnprotecting(context: Context, device: string, what = 'entry'): Promise<Expected> {
  // Before the entry, which then is not judged by a controller that came after it.
  const live = incarnationOf(device, { root: context.root })
  const entry = context.registry.entry(device)
  const expected = { incarnation: entry?.incarnation ?? live, owner: ownerIn(entry) }
  if (entry === undefined || entry.state === 'stale') return expected
  if (entry.state === 'live' && entry.owner === undefined) return expected
  const whose =
    entry.state === 'live'
      ? `${device} is owned by ${entry.owner}`
      : `the owner of ${device} cannot be read (${entry.reason})`
  await confirm(context, [`${whose}; without an owner anybody may disconnect it.`], `Remove the ${what}?`)
  return expected
}

function ownerIn(entry: Entry | undefined): Exclude<Expected['owner'], undefined> {
  if (entry?.owner !== undefined) return entry.owner
  return entry !== undefined && OWNER in entry.damagedAttributes ? { unreadable: true } : null
}

/** What cannot be read cannot be released; one that can be read by then is another than was shown, so none is expected. */
const toRelease = ({ incarnation, owner }: Expected): ReleaseOptions =>
  owner === undefined ? {} : { incarnation, owner: typeof owner === 'string' ? owner : null }

/** Says of what is not any more as it was looked at that it has changed. */
function unlessChanged(context: Context, device: string, expected: Expected, act: () => ExitCode): ExitCode {
  try {
    return act()
  } catch (error) {
    if (expected.owner === undefined || !isRegistryError(error)) throw error
    // Also said of a controller that reconnects and cannot be held: that one is still the same.
    const another =
      error.code === 'no-controller' && incarnationOf(device, { root: context.root }) !== expected.incarnation
    if (error.code !== 'owned' && error.code !== 'changed' && !another) throw error
    const { exit, code, message, owner } = asFailure(error) as Failure
    const why = `changed meanwhile, nothing was removed: ${message}`
    throw new Failure(exit, code, why, { device, owner, cause: error })
  }
}
