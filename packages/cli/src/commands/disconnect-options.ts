import { fcAddress } from '@nvmf/controllers'
import { type Filter, JOBS } from '@nvmf/disconnect-policy'
import { optionTable, TRANSPORTS } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import { usage } from '../failure.ts'

/** What both disconnecting commands take beside what they select. */
export interface CommonOptions {
  readonly dryRun?: true
  readonly yes?: true
  readonly jobs?: string
}

/** Threads are cheap, but not free; more targets than this do not die at once. */
const MOST_JOBS = 512

export const addCommonOptions = (command: Command): Command =>
  command
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
    .option('--jobs <n>', `disconnect so many at once (default: ${JOBS})`)

/** @throws Failure for what is not a number in that range */
export function jobsOf({ jobs: text }: CommonOptions): number {
  if (text === undefined) return JOBS
  const n = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (n < 1 || n > MOST_JOBS) throw usage(`--jobs: must be 1 to ${MOST_JOBS}, not ${JSON.stringify(text)}`)
  return n
}

/** Options that select controllers by what they were connected with: spelled as those of `nvmf connect`. */
export function addFilterOptions(command: Command, keys: readonly (keyof Filter)[]): void {
  for (const { key, short, long, value } of optionTable) {
    if (long === undefined || !(keys as readonly string[]).includes(key)) continue
    const help = key === 'transport' ? `only controllers of this transport: ${TRANSPORTS.join(', ')}` : HELP[key]
    command.option(
      `${short === undefined ? '' : `-${short}, `}--${long} <${(value ?? long).toLowerCase()}>`,
      help ?? '',
    )
  }
}

const HELP: Readonly<Record<string, string>> = {
  nqn: 'only controllers of this subsystem',
  traddr: 'only controllers with this target address',
  trsvcid: 'only controllers with this target port',
  hostTraddr: 'only controllers that were connected from this address',
  hostIface: 'only controllers that were connected through this interface',
  hostnqn: 'only controllers with this host NQN',
  hostid: 'only controllers with this host ID',
}

/** The filter that a command line makes. @throws Failure for a value that nothing can have */
export function filterOf(options: Filter, keys: readonly (keyof Filter)[]): Filter {
  const given = keys.flatMap(key => (options[key] === undefined ? [] : [[key, plain(key, options[key])] as const]))
  for (const [key, value] of given) checkValue(`--${optionTable.find(spec => spec.key === key)?.long}`, value)
  const { transport } = options
  if (transport !== undefined && !(TRANSPORTS as readonly string[]).includes(transport)) {
    throw usage(`--transport: must be one of ${TRANSPORTS.join(', ')}, not ${JSON.stringify(transport)}`)
  }
  return Object.fromEntries(given)
}

/** A discovery log has a comma in the Fibre Channel addresses that it names. */
const plain = (key: keyof Filter, value: string): string =>
  key === 'traddr' || key === 'hostTraddr' ? (fcAddress(value) ?? value) : value

/** @throws Failure for a value that could not have been given to the kernel, and so is nobody's */
export function checkValue(option: string, value: string | undefined): void {
  if (value !== '' && !/[,\p{Cc}]/u.test(value ?? '')) return
  throw usage(`${option}: must be one ${option === '--nqn' ? 'NQN' : 'value'}, without comma or control characters`)
}
