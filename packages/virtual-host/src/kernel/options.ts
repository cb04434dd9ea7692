import { KernelError } from './errno.ts'
import { TRANSPORTS } from './option-table.ts'
import { type Token, tokenize } from './tokens.ts'

/** The well-known discovery subsystem, which every listener serves. */
export const DISCOVERY_NQN = 'nqn.2014-08.org.nvmexpress.discovery'

/** `struct nvmf_ctrl_options`: a connect request that passed every check of the fabrics layer. */
export interface ConnectOptions {
  /** The names of the options in the string (`opts->mask`). */
  given: Set<string>
  nqn: string
  transport: 'tcp' | 'loop'
  traddr: string | undefined
  trsvcid: string | undefined
  hostTraddr: string | undefined
  hostIface: string | undefined
  hostnqn: string
  hostid: string
  queueSize: number
  ioQueues: number
  kato: number
  reconnectDelay: number
  /** -1 = for ever. */
  maxReconnects: number
  fastIoFail: number
  discovery: boolean
  duplicateConnect: boolean
  dhchapSecret: string | undefined
  dhchapCtrlSecret: string | undefined
}

/** What parsing needs to know of the machine: its own identity (`nvmf_default_host`) and its processors. */
export interface ParseContext {
  hostnqn: string
  hostid: string
  cpus: number
}

const NQN_SIZE = 223
const DEFAULT_KATO = 5
const TCP_DISCOVERY_PORT = '8009'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

/**
 * Parses and checks a connect string (`nvmf_parse_options`, `nvmf_create_ctrl`); throws EINVAL and its kin. Of a
 * repeated option the last counts, hostnqn included: the kernel's check for that (EADDRINUSE) looks at a field that is
 * set only after the loop (measured on 6.12: a second hostnqn is accepted).
 */
export function parseConnectOptions(text: string, context: ParseContext): ConnectOptions {
  const values = new Map<string, Token>()
  for (const token of tokenize(text)) {
    check(token)
    values.set(token.name, token)
  }
  const textOf = (name: string) => values.get(name)?.text
  const numberOf = (name: string, fallback: number) => values.get(name)?.number ?? fallback
  const transport = required(values)
  const nqn = textOf('nqn') ?? ''
  const discovery = nqn === DISCOVERY_NQN || values.has('discovery')
  const reconnectDelay = numberOf('reconnect_delay', 10)
  const lossTmo = numberOf('ctrl_loss_tmo', 600)
  const tcp = transport === 'tcp'
  return {
    given: new Set([...values.keys(), ...(tcp ? ['trsvcid'] : [])]),
    nqn,
    transport,
    traddr: textOf('traddr'),
    trsvcid: textOf('trsvcid') ?? (tcp ? TCP_DISCOVERY_PORT : undefined),
    hostTraddr: textOf('host_traddr'),
    hostIface: textOf('host_iface'),
    hostnqn: textOf('hostnqn') ?? context.hostnqn,
    hostid: (textOf('hostid')?.slice(0, 36) ?? context.hostid).toLowerCase(),
    queueSize: numberOf('queue_size', 128),
    ioQueues: discovery ? 0 : Math.min(context.cpus, numberOf('nr_io_queues', context.cpus)),
    kato: numberOf('keep_alive_tmo', 0) || (discovery ? 0 : DEFAULT_KATO),
    reconnectDelay,
    maxReconnects: lossTmo < 0 ? -1 : Math.ceil(lossTmo / reconnectDelay),
    fastIoFail: Math.max(-1, numberOf('fast_io_fail_tmo', -1)),
    discovery,
    duplicateConnect: discovery || values.has('duplicate_connect'),
    dhchapSecret: textOf('dhchap_secret'),
    dhchapCtrlSecret: textOf('dhchap_ctrl_secret'),
  }
}

/** The checks that the kernel makes as it meets each option. */
function check({ name, text, number }: Token): void {
  const invalid = (bad: boolean) => {
    if (bad) throw new KernelError('EINVAL', `invalid ${name} ${text}`)
  }
  if (text !== '' && Number.isNaN(number) && MINIMUM[name] !== undefined) invalid(true)
  const minimum = MINIMUM[name]
  if (minimum !== undefined) invalid(number < minimum)
  if (name === 'queue_size') invalid(number > 1024)
  if (name === 'nqn' || name === 'hostnqn') invalid(Buffer.byteLength(text) >= NQN_SIZE)
  if (name === 'hostid') invalid(!UUID.test(text))
  if (name.startsWith('dhchap_')) invalid(text.length < 11 || !text.startsWith('DHHC-1:'))
  if (name === 'keyring' || name === 'tls_key') throw new KernelError('ENOKEY', `key id ${text} not found`)
}

const INT_MIN = -(2 ** 31)

/** The smallest value that each number may have. */
const MINIMUM: Record<string, number> = {
  queue_size: 16,
  nr_io_queues: 1,
  reconnect_delay: 1,
  ctrl_loss_tmo: INT_MIN,
  keep_alive_tmo: 0,
  nr_write_queues: 1,
  nr_poll_queues: 1,
  tos: 0,
  keyring: 1,
  tls_key: 1,
  fast_io_fail_tmo: INT_MIN,
}

/** `nvmf_check_required_opts`, the look-up of the transport, and `nvmf_check_allowed_opts`. */
function required(values: ReadonlyMap<string, Token>): 'tcp' | 'loop' {
  for (const name of ['transport', 'nqn']) {
    if (!values.has(name)) throw new KernelError('EINVAL', `missing parameter '${name}'`)
  }
  const transport = values.get('transport')?.text ?? ''
  const rules = TRANSPORTS.get(transport)
  if (rules === undefined) throw new KernelError('EINVAL', `no handler found for transport ${transport}.`)
  for (const name of rules.required) {
    if (!values.has(name)) throw new KernelError('EINVAL', `missing parameter '${name}'`)
  }
  for (const name of values.keys()) {
    if (!rules.allowed.has(name)) throw new KernelError('EINVAL', `invalid parameter '${name}'`)
  }
  return transport as 'tcp' | 'loop'
}
