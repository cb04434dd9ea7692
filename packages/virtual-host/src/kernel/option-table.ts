export type OptionKind = 'text' | 'number' | 'flag'

/**
 * The option tokens in the order of `opt_tokens` (drivers/nvme/host/fabrics.c, 6.12, with CONFIG_NVME_TCP_TLS and
 * CONFIG_NVME_HOST_AUTH). 7.3 adds `concat`, which this kernel does not know.
 */
export const OPTION_TOKENS: ReadonlyMap<string, OptionKind> = new Map([
  ['transport', 'text'],
  ['traddr', 'text'],
  ['trsvcid', 'text'],
  ['nqn', 'text'],
  ['queue_size', 'number'],
  ['nr_io_queues', 'number'],
  ['reconnect_delay', 'number'],
  ['ctrl_loss_tmo', 'number'],
  ['keep_alive_tmo', 'number'],
  ['hostnqn', 'text'],
  ['host_traddr', 'text'],
  ['host_iface', 'text'],
  ['hostid', 'text'],
  ['duplicate_connect', 'flag'],
  ['disable_sqflow', 'flag'],
  ['hdr_digest', 'flag'],
  ['data_digest', 'flag'],
  ['nr_write_queues', 'number'],
  ['nr_poll_queues', 'number'],
  ['tos', 'number'],
  ['keyring', 'number'],
  ['tls_key', 'number'],
  ['fast_io_fail_tmo', 'number'],
  ['discovery', 'flag'],
  ['dhchap_secret', 'text'],
  ['dhchap_ctrl_secret', 'text'],
  ['tls', 'flag'],
])

const PATTERN = { text: '=%s', number: '=%d', flag: '' }

/** What an idle read of /dev/nvme-fabrics gives (`__nvmf_concat_opt_tokens`). */
export const SUPPORTED_OPTIONS = `${[
  'instance=-1,cntlid=-1',
  ...[...OPTION_TOKENS].map(([name, kind]) => name + PATTERN[kind]),
].join(',')}\n`

/** NVMF_ALLOWED_OPTS: what every transport takes, besides the required nqn and transport. */
const GENERIC = [
  'queue_size',
  'nr_io_queues',
  'keep_alive_tmo',
  'hostnqn',
  'hostid',
  'duplicate_connect',
  'disable_sqflow',
  'discovery',
  'fast_io_fail_tmo',
  'dhchap_secret',
  'dhchap_ctrl_secret',
]

const TCP = [
  'trsvcid',
  'reconnect_delay',
  'host_traddr',
  'ctrl_loss_tmo',
  'hdr_digest',
  'data_digest',
  'nr_write_queues',
  'nr_poll_queues',
  'tos',
  'host_iface',
  'tls',
  'keyring',
  'tls_key',
]

/** What each transport driver of this host requires and allows (`nvmf_transport_ops` in loop.c and tcp.c). */
export const TRANSPORTS: ReadonlyMap<string, { required: readonly string[]; allowed: ReadonlySet<string> }> = new Map([
  ['loop', { required: [], allowed: new Set(['nqn', 'transport', ...GENERIC, 'traddr']) }],
  ['tcp', { required: ['traddr'], allowed: new Set(['nqn', 'transport', ...GENERIC, 'traddr', ...TCP]) }],
])
