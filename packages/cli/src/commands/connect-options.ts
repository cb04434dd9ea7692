import { type ConnectRequest, type Family, type OptionSpec, optionTable, parseOptionText } from '@nvmf/fabrics-connect'
import { type Command, Option } from 'commander'
import { usage } from '../failure.ts'

/** What `nvmf connect` takes beside the connection itself. */
export interface ConnectingOptions {
  readonly owner?: string
  readonly steal?: true
  readonly requireOwner?: true
  readonly idempotent?: true
  readonly loadModules: boolean
}

/** The options that make a connection, from the library's table: flags, values and help are written there only. */
export function addConnectOptions(command: Command): void {
  for (const spec of optionTable) {
    if (spec.long === undefined) continue
    const value = spec.type === 'flag' ? '' : ` <${(spec.value ?? spec.long).toLowerCase()}>`
    const absent = spec.absent === undefined ? '' : ` (default: ${spec.absent})`
    command.addOption(
      new Option(`${spec.short === undefined ? '' : `-${spec.short}, `}--${spec.long}${value}`, spec.help + absent),
    )
    for (const alias of spec.aliases ?? []) command.addOption(new Option(`--${alias}${value}`).hideHelp())
  }
  for (const family of FAMILIES) {
    command.addOption(new Option(`-${family}, --ipv${family}`, `of a host name's addresses take an IPv${family} one`))
    command.addOption(new Option(`--${family}`).hideHelp())
  }
}

const FAMILIES: readonly Family[] = [4, 6]

/**
 * The request that a command line makes.
 * @throws Failure for a required option that is missing; FabricsError `bad-option` for what is not a number
 */
export function connectRequest(command: Command): ConnectRequest {
  const request: Partial<Record<keyof ConnectRequest, string | number | boolean>> = { ...familyOf(command) }
  for (const spec of optionTable) {
    const given = givenFor(command, spec)
    if (given === undefined) continue
    request[spec.key] = typeof given === 'string' ? parseOptionText(spec, given) : given
  }
  const { nqn, transport } = request
  if (typeof transport !== 'string') throw missing('transport')
  if (typeof nqn !== 'string') throw missing('nqn')
  if (request.traddr === undefined && transport !== 'loop') throw missing('traddr')
  return { ...request, nqn, transport } as ConnectRequest
}

function familyOf(command: Command): { family?: Family } {
  const [family, other] = FAMILIES.filter(each =>
    [`ipv${each}`, String(each)].some(name => command.getOptionValue(name)),
  )
  if (other !== undefined) throw usage('-4 and -6 exclude each other')
  return family === undefined ? {} : { family }
}

function givenFor(command: Command, { long, aliases = [] }: OptionSpec): string | boolean | undefined {
  const names = [long, ...aliases].filter(name => name !== undefined)
  const values = names.map(name => {
    const option = command.options.find(candidate => candidate.long === `--${name}`)
    return option === undefined
      ? undefined
      : (command.getOptionValue(option.attributeName()) as string | boolean | undefined)
  })
  return values.find(value => value !== undefined)
}

function missing(key: 'nqn' | 'transport' | 'traddr'): Error {
  const spec = optionTable.find(option => option.key === key)
  return usage(`--${spec?.long} (-${spec?.short}) is required`, 'nvmf connect --help shows how')
}
