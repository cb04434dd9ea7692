import type { Ownership, OwnershipChange } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { visible } from '../output/text.ts'
import { clock } from '../output/time.ts'
import type { Act } from '../program.ts'
import { ownerFilter } from './owner-filter.ts'

interface Options {
  readonly owner?: string
}

/** `nvmf registry watch`: who owns what, and then every change, a line each, until it is interrupted. */
export function addRegistryWatch(registry: Command, act: Act): void {
  const command = registry
    .command('watch')
    .description('show who owns what, and every change from then on')
    .option('--owner <name>', 'only what is or was owned by this one')
  act<Options>(command, async (context, options) => {
    const owner = ownerFilter(options.owner)
    const stop = new AbortController()
    const signals = context.io.catchInterrupt(() => stop.abort())
    try {
      for await (const change of context.registry.watch({ signal: stop.signal })) {
        if (owner !== undefined && !concerns(change, owner)) continue
        const now = context.io.now()
        context.io.stdout(`${context.json ? JSON.stringify(changeJson(change, now)) : changeLine(change, now)}\n`)
        if (context.io.readerGone()) break
      }
    } finally {
      signals.stop()
    }
    return signals.interrupted() ? EXIT.interrupted : EXIT.ok
  })
}

const concerns = ({ ownership, previous }: OwnershipChange, owner: string): boolean =>
  [ownership, previous].some(state => state?.state === 'owned' && state.owner === owner)

/** `09:30:05 nvme3 owned by stas`, and for a change whose it was before. */
function changeLine({ device, ownership, previous }: OwnershipChange, now: Date): string {
  const before = previous === undefined ? '' : ` (was ${inWords(previous)})`
  return visible(`${clock(now)} ${device} ${inWords(ownership)}${before}`)
}

function inWords(ownership: Ownership): string {
  switch (ownership.state) {
    case 'owned':
      return `owned by ${ownership.owner}`
    case 'unowned':
      return 'unowned'
    case 'unknown':
      return `unknown: ${ownership.reason}`
  }
}

/** One line of JSON; the same fields in each. `previous` is null in what is told at the beginning. */
const changeJson = ({ device, ownership, previous }: OwnershipChange, now: Date): Record<string, unknown> => ({
  version: 1,
  time: now.toISOString(),
  device,
  ...ownershipJson(ownership),
  previous: previous === undefined ? null : ownershipJson(previous),
})

const ownershipJson = (ownership: Ownership): Record<string, unknown> => ({
  ownership: ownership.state,
  owner: ownership.state === 'owned' ? ownership.owner : null,
  reason: ownership.state === 'owned' ? null : ownership.reason,
})
