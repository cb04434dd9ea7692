import type { Ownership, OwnershipChange } from '@nvmf/registry-core'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { visible } from '../output/text.ts'
import { clock, day } from '../output/time.ts'
import type { Act } from '../program.ts'
import { ownerFilter } from './owner-filter.ts'
import { writableRegistry } from './writable-registry.ts'

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
      for await (const change of writableRegistry(context).watch({ signal: stop.signal })) {
        if (owner !== undefined && !concerns(change, owner)) continue
        const now = context.io.now()
        const line = context.json ? JSON.stringify(changeJson(change, now)) : changeLine(change, now, context.verbose)
        await context.io.stdoutUntil(`${line}\n`, stop.signal)
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

/** `09:30:05 nvme3 owned by stas`, and for a change whose it was before; with -v on which day, and why it is nobody's. */
function changeLine({ device, ownership, previous }: OwnershipChange, now: Date, verbose: boolean): string {
  const before = previous === undefined ? '' : ` (was ${inWords(previous, verbose)})`
  return visible(`${verbose ? `${day(now)} ` : ''}${clock(now)} ${device} ${inWords(ownership, verbose)}${before}`)
}

function inWords(ownership: Ownership, verbose: boolean): string {
  switch (ownership.state) {
    case 'owned':
      return `owned by ${ownership.owner}`
    case 'unowned':
      return verbose ? `unowned: ${UNOWNED[ownership.reason]}` : 'unowned'
    case 'unknown':
      return `unknown: ${ownership.reason}`
  }
}

const UNOWNED: Readonly<Record<Extract<Ownership, { state: 'unowned' }>['reason'], string>> = {
  'no-entry': 'it has no entry',
  'no-owner': 'its entry has no owner',
  stale: "its entry is a dead predecessor's",
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
