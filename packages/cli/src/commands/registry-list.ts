import type { Entry } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { count, visible } from '../output/text.ts'
import type { Act } from '../program.ts'
import { ownerFilter } from './owner-filter.ts'

interface Options {
  readonly owner?: string
  readonly all?: true
}

/** `nvmf registry list`: all entries of live controllers; with --all the others too. */
export function addRegistryList(registry: Command, act: Act): void {
  const command = registry
    .command('list')
    .description('list registered controllers and their attributes')
    .option('--owner <name>', 'only what this owner owns')
    .option('--all', 'also stale and damaged entries, and why they are')
  act<Options>(command, (context, { owner: name, all = false }) => {
    const owner = ownerFilter(name)
    const entries = context.registry
      .entries({ seqnum: context.verbose })
      .filter(entry => owner === undefined || entry.owner === owner)
    const shown = entries.filter(entry => all || entry.state === 'live')
    if (context.json) context.print({ entries: shown.map(entry => entryJson(entry, context.verbose)) }, [])
    else
      context.print(
        {},
        shown.flatMap(entry => entryLines(entry, context.verbose)),
      )
    const hidden = (['stale', 'damaged'] as const)
      .map(state => ({ state, n: all ? 0 : entries.filter(entry => entry.state === state).length }))
      .filter(({ n }) => n > 0)
      .map(({ state, n }) => count(n, `${state} entr`).replace(/entrs?$/, n === 1 ? 'entry' : 'entries'))
    if (hidden.length > 0) context.note(`${hidden.join(' and ')} not shown (--all shows them)`)
    else if (shown.length === 0) context.note(owner === undefined ? 'no entries' : `no entries of ${owner}`)
    return EXIT.ok
  })
}

/** The shape of nvme-cli's `registry list`: the device, then its attributes indented. */
function entryLines(entry: Entry, verbose: boolean): string[] {
  const state =
    entry.state === 'live' ? '' : ` (${entry.state}${entry.reason === undefined ? '' : `: ${entry.reason}`})`
  const { seqnum, incarnation } = entry
  const rows: [string, string | undefined][] = [
    ['owner', entry.owner ?? (entry.state === 'damaged' ? undefined : '-')],
    ...(verbose
      ? ([
          ['seqnum', seqnum],
          ['incarnation', incarnation],
        ] as [string, string | undefined][])
      : []),
    ...Object.entries(entry.attributes),
    ...Object.entries(entry.damagedAttributes).map(([name, why]): [string, string] => [name, `(damaged: ${why})`]),
  ]
  const lines = rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${name.padEnd(12)}${name.length > 11 ? ' ' : ''}${value}`)
  return [entry.device + state, ...lines].map(visible)
}

const entryJson = (entry: Entry, verbose: boolean): Record<string, unknown> => ({
  device: entry.device,
  state: entry.state,
  reason: entry.reason ?? null,
  owner: entry.owner ?? null,
  ...(verbose ? { seqnum: entry.seqnum ?? null } : {}),
  incarnation: entry.incarnation ?? null,
  attributes: entry.attributes,
  damagedAttributes: entry.damagedAttributes,
})
