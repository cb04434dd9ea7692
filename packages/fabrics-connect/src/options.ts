/**
 * Every option that can go to the kernel, once: the string that is written, the command line, its help and its checks
 * are all made from this table, in this order.
 *
 * Tokens and their meaning: drivers/nvme/host/fabrics.c (opt_tokens, nvmf_parse_options). Transports: `allowed_opts` of
 * the drivers tcp.c, rdma.c, fc.c and loop.c. Flags, and what is left out when: nvme-cli 3 (libnvme build_options()).
 */

import type { TextFormat } from './formats.ts'
import type { Family } from './transport-address.ts'

/** What the kernel's fabrics drivers are called. */
export const TRANSPORTS = ['tcp', 'rdma', 'fc', 'loop'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** How an option's value is checked and written. */
export type OptionType =
  /** A line of text. */
  | 'text'
  /** A number in decimal. */
  | 'number'
  /** There or not there; no value. */
  | 'flag'
  /** A key's or keyring's serial number, decimal or 0x…; written as 0x%08x. */
  | 'serial'

interface OptionSpec {
  /** The field of {@link ConnectRequest}. */
  readonly key: string
  /** The kernel's word. */
  readonly token: string
  /** Command line, without dashes. An option without `long` is not offered there. */
  readonly long?: string
  /** Other spellings that nvme-cli accepts. */
  readonly aliases?: readonly string[]
  readonly short?: string
  readonly type: OptionType
  /** `text`: what it must look like, whatever the transport. */
  readonly format?: TextFormat
  /** `number`: the least and the greatest value accepted. */
  readonly range?: readonly [number, number]
  /** `number`: this value too is accepted, means "kernel default", and is not written. */
  readonly unset?: number
  /** Only these transports take it; all, if not given. */
  readonly transports?: readonly Transport[]
  /** The kernel ignores it for a discovery controller, and nvme-cli does not send it. */
  readonly notForDiscovery?: true
  /** Dropping it would weaken what was asked for: a kernel or transport without it is an error, not a warning. */
  readonly security?: true
  /**
   * Its value must never be shown; the command line offers `@FILE` and `-` for it. The serial number of a key is none: it
   * opens nothing, and the kernel shows it to everybody (`tls_configured_key` in sysfs).
   */
  readonly secret?: true
  /** What the value is called in help. */
  readonly value?: string
  readonly help: string
  /** What happens without it. */
  readonly absent?: string
}

const INT_MAX = 2 ** 31 - 1
const IP: readonly Transport[] = ['tcp', 'rdma']
const NETWORK: readonly Transport[] = ['tcp', 'rdma', 'fc']
const TCP: readonly Transport[] = ['tcp']

export const OPTIONS = [
  {
    key: 'nqn',
    token: 'nqn',
    long: 'nqn',
    short: 'n',
    type: 'text',
    format: 'nqn',
    value: 'NQN',
    help: 'subsystem to connect to',
  },
  {
    key: 'transport',
    token: 'transport',
    long: 'transport',
    short: 't',
    type: 'text',
    value: 'TYPE',
    help: 'tcp, rdma, fc or loop',
  },
  {
    key: 'traddr',
    token: 'traddr',
    long: 'traddr',
    short: 'a',
    type: 'text',
    value: 'ADDR',
    help: 'target address (a host name will do for tcp and rdma); not needed for loop',
  },
  {
    key: 'hostTraddr',
    token: 'host_traddr',
    long: 'host-traddr',
    short: 'w',
    type: 'text',
    transports: NETWORK,
    value: 'ADDR',
    help: 'numeric address of this host to connect from',
    absent: 'chosen by routing',
  },
  {
    key: 'hostIface',
    token: 'host_iface',
    long: 'host-iface',
    short: 'f',
    type: 'text',
    format: 'interface',
    transports: TCP,
    value: 'IFACE',
    help: 'network interface to connect through',
    absent: 'chosen by routing',
  },
  {
    key: 'trsvcid',
    token: 'trsvcid',
    long: 'trsvcid',
    short: 's',
    type: 'text',
    format: 'port',
    transports: IP,
    value: 'PORT',
    help: 'target port',
    absent: '4420; for tcp discovery 8009',
  },
  {
    key: 'hostnqn',
    token: 'hostnqn',
    long: 'hostnqn',
    short: 'q',
    type: 'text',
    format: 'nqn',
    value: 'NQN',
    help: "this host's NQN",
    absent: '/etc/nvme/hostnqn, else made of the hostid',
  },
  {
    key: 'hostid',
    token: 'hostid',
    long: 'hostid',
    short: 'I',
    type: 'text',
    format: 'uuid',
    value: 'UUID',
    help: "this host's identifier",
    absent: '/etc/nvme/hostid, else the UUID in the hostnqn, else of the machine',
  },
  { key: 'discovery', token: 'discovery', type: 'flag', help: 'a discovery controller with an NQN of its own' },
  {
    key: 'dhchapSecret',
    token: 'dhchap_secret',
    long: 'dhchap-secret',
    aliases: ['kxchap-secret'],
    short: 'S',
    type: 'text',
    format: 'secret',
    security: true,
    secret: true,
    value: 'SECRET',
    help: 'DHHC-1 secret that authenticates this host; @FILE or - (standard input) keeps it off the command line',
  },
  {
    key: 'dhchapCtrlSecret',
    token: 'dhchap_ctrl_secret',
    long: 'dhchap-ctrl-secret',
    aliases: ['kxchap-ctrl-secret'],
    short: 'C',
    type: 'text',
    format: 'secret',
    security: true,
    secret: true,
    value: 'SECRET',
    help: 'DHHC-1 secret that authenticates the controller; @FILE or -',
  },
  {
    key: 'nrIoQueues',
    token: 'nr_io_queues',
    long: 'nr-io-queues',
    short: 'i',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    notForDiscovery: true,
    value: 'N',
    help: 'I/O queues',
    absent: 'one for each CPU',
  },
  {
    key: 'nrWriteQueues',
    token: 'nr_write_queues',
    long: 'nr-write-queues',
    short: 'W',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    transports: IP,
    notForDiscovery: true,
    value: 'N',
    help: 'write queues',
  },
  {
    key: 'nrPollQueues',
    token: 'nr_poll_queues',
    long: 'nr-poll-queues',
    short: 'P',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    transports: IP,
    notForDiscovery: true,
    value: 'N',
    help: 'polled queues',
  },
  {
    key: 'queueSize',
    token: 'queue_size',
    long: 'queue-size',
    short: 'Q',
    type: 'number',
    range: [16, 1024],
    unset: 0,
    notForDiscovery: true,
    value: 'N',
    help: 'entries of a queue, 16 to 1024',
    absent: '128',
  },
  {
    key: 'keepAliveTmo',
    token: 'keep_alive_tmo',
    long: 'keep-alive-tmo',
    short: 'k',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    value: 'SECONDS',
    help: 'keep-alive interval',
    absent: '5; for discovery 30',
  },
  {
    key: 'reconnectDelay',
    token: 'reconnect_delay',
    long: 'reconnect-delay',
    short: 'c',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    transports: NETWORK,
    value: 'SECONDS',
    help: 'pause between attempts to reconnect',
    absent: '10',
  },
  {
    key: 'ctrlLossTmo',
    token: 'ctrl_loss_tmo',
    long: 'ctrl-loss-tmo',
    short: 'l',
    type: 'number',
    range: [-1, INT_MAX],
    transports: NETWORK,
    value: 'SECONDS',
    help: 'how long to try to reconnect, -1 for ever',
    absent: '600',
  },
  {
    key: 'fastIoFailTmo',
    token: 'fast_io_fail_tmo',
    long: 'fast-io-fail-tmo',
    aliases: ['fast_io_fail_tmo'],
    short: 'F',
    type: 'number',
    range: [1, INT_MAX],
    unset: 0,
    transports: NETWORK,
    value: 'SECONDS',
    help: 'fail I/O after so long without a connection',
    absent: 'off',
  },
  {
    key: 'tos',
    token: 'tos',
    long: 'tos',
    short: 'T',
    type: 'number',
    range: [0, 255],
    unset: -1,
    transports: IP,
    value: 'N',
    help: 'type of service, 0 to 255',
  },
  {
    key: 'keyring',
    token: 'keyring',
    long: 'keyring',
    type: 'serial',
    transports: TCP,
    security: true,
    value: 'SERIAL',
    help: 'keyring with the TLS key',
  },
  {
    key: 'tlsKey',
    token: 'tls_key',
    long: 'tls-key',
    aliases: ['tls_key'],
    type: 'serial',
    transports: TCP,
    security: true,
    value: 'SERIAL',
    help: 'serial number of the TLS key in the keyring',
  },
  {
    key: 'duplicateConnect',
    token: 'duplicate_connect',
    long: 'duplicate-connect',
    short: 'D',
    type: 'flag',
    help: 'connect even if the same connection exists',
  },
  {
    key: 'disableSqflow',
    token: 'disable_sqflow',
    long: 'disable-sqflow',
    type: 'flag',
    help: 'switch submission queue flow control off',
  },
  {
    key: 'hdrDigest',
    token: 'hdr_digest',
    long: 'hdr-digest',
    short: 'g',
    type: 'flag',
    transports: TCP,
    help: 'checksum of every header',
  },
  {
    key: 'dataDigest',
    token: 'data_digest',
    long: 'data-digest',
    short: 'G',
    type: 'flag',
    transports: TCP,
    help: 'checksum of all data',
  },
  {
    key: 'tls',
    token: 'tls',
    long: 'tls',
    type: 'flag',
    transports: TCP,
    security: true,
    help: 'encrypt the connection',
  },
  {
    key: 'concat',
    token: 'concat',
    long: 'concat',
    type: 'flag',
    transports: TCP,
    security: true,
    help: 'secure concatenation: a TLS key from DH-HMAC-CHAP',
  },
] as const satisfies readonly OptionSpec[]

type Spec = (typeof OPTIONS)[number]
export type OptionKey = Spec['key']
type ValueOf<T extends OptionType> = T extends 'flag' ? boolean : T extends 'text' ? string : number

/**
 * What to connect to, and how: one field for each line of {@link OPTIONS}. Text that is empty or `none` counts as not
 * given, as everywhere in nvme-cli; numbers are in the units of the table (seconds, queues, entries).
 */
export type ConnectRequest = { readonly [S in Spec as S['key']]?: ValueOf<S['type']> | undefined } & {
  readonly nqn: string
  readonly transport: string
  /** Of a host name's addresses take an IPv4 or IPv6 one; tcp and rdma. The first of any kind, if not given. */
  readonly family?: Family | undefined
}

/** The table with the optional columns visible to the type checker, for code that walks it. */
export const optionTable: readonly (OptionSpec & { readonly key: OptionKey })[] = OPTIONS
export type { OptionSpec }

/** The NQN under which every target answers discovery (NVMe base specification 4.5). */
export const DISCOVERY_NQN = 'nqn.2014-08.org.nvmexpress.discovery'
