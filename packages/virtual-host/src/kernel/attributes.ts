import type { Controller, NamespaceHead, Subsystem } from './model.ts'
import type { ConnectOptions } from './options.ts'

/** A sysfs file: what it says and who may do what with it. */
export interface Attribute {
  text: string
  mode: number
}

const RO = 0o444
const RW = 0o644
const SECRET = 0o600
const WO = 0o200

const FIRMWARE = '6.12.117'
/** How the kernel prints what it reads through a pointer to nothing: a controller has no subsystem yet (measured). */
const NOTHING = '(efault)'

/** The files of /sys/class/nvme/nvmeN (drivers/nvme/host/sysfs.c), delete_controller excepted. */
export function controllerAttributes(controller: Controller): Record<string, Attribute> {
  const { options, subsystem } = controller
  return {
    ...texts(RO, {
      address: options === undefined ? (controller.bdf ?? '') : addressOf(options, controller.state === 'live'),
      cntlid: String(controller.cntlid),
      cntrltype: subsystem === undefined ? 'reserved' : options?.discovery ? 'discovery' : 'io',
      dctype: 'none',
      dev: `240:${controller.instance}`,
      firmware_rev: subsystem === undefined ? NOTHING : FIRMWARE.padEnd(8),
      kato: String(options?.kato ?? 0),
      model: subsystem?.model.padEnd(40) ?? NOTHING,
      numa_node: '-1',
      queue_count: String((options?.ioQueues ?? 1) + 1),
      serial: subsystem?.serial.padEnd(20) ?? NOTHING,
      sqsize: String((options?.queueSize ?? 1024) - 1),
      state: controller.state,
      subsysnqn: subsystem?.nqn ?? NOTHING,
      transport: controller.transport,
    }),
    ...(options === undefined ? {} : fabricsAttributes(options)),
    ...texts(RW, { passthru_err_log_enabled: 'off' }),
    ...texts(WO, { reset_controller: '', rescan_controller: '' }),
  }
}

function fabricsAttributes(options: ConnectOptions): Record<string, Attribute> {
  const { maxReconnects, reconnectDelay, fastIoFail } = options
  return {
    ...texts(RO, { hostnqn: options.hostnqn, hostid: options.hostid }),
    ...texts(RW, {
      ctrl_loss_tmo: maxReconnects < 0 ? 'off' : String(maxReconnects * reconnectDelay),
      reconnect_delay: String(reconnectDelay),
      fast_io_fail_tmo: fastIoFail < 0 ? 'off' : String(fastIoFail),
    }),
    ...texts(SECRET, {
      dhchap_secret: options.dhchapSecret ?? 'none',
      dhchap_ctrl_secret: options.dhchapCtrlSecret ?? 'none',
    }),
  }
}

/** `nvmf_get_address`, and while a tcp queue is connected `src_addr` (`nvme_tcp_get_address`). */
function addressOf(options: ConnectOptions, connected: boolean): string {
  const { transport, traddr, trsvcid, hostTraddr, hostIface } = options
  const source = hostTraddr ?? (traddr?.includes(':') ? '::1' : '127.0.0.1')
  const parts = {
    traddr,
    trsvcid,
    host_traddr: hostTraddr,
    host_iface: hostIface,
    src_addr: transport === 'tcp' && connected ? source : undefined,
  }
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(pair => pair.join('='))
    .join(',')
}

/** The files of /sys/class/nvme-subsystem/nvme-subsysN. */
export const subsystemAttributes = (subsystem: Subsystem): Record<string, Attribute> => ({
  ...texts(RO, {
    subsysnqn: subsystem.nqn,
    subsystype: subsystem.discovery ? 'discovery' : 'nvm',
    model: subsystem.model.padEnd(40),
    serial: subsystem.serial.padEnd(20),
    firmware_rev: FIRMWARE.padEnd(8),
  }),
  ...texts(RW, { iopolicy: 'numa' }),
})

/** The files of /sys/class/nvme-generic/ng0n1: a character device for commands of one namespace. */
export const genericAttributes = (head: NamespaceHead): Record<string, Attribute> =>
  texts(RO, { dev: `244:${head.minor}` })

/** The files of a block device: the head's, or - `hidden` - those of one path. */
export const namespaceAttributes = (head: NamespaceHead, hidden: boolean): Record<string, Attribute> =>
  texts(RO, {
    hidden: hidden ? '1' : '0',
    nsid: String(head.nsid),
    ro: '0',
    size: String(Math.floor(head.bytes / 512)),
    uuid: head.uuid,
    wwid: `uuid.${head.uuid}`,
    ...(hidden ? { ana_grpid: '1', ana_state: 'optimized' } : { dev: `259:${head.minor}` }),
  })

function texts(mode: number, values: Record<string, string>): Record<string, Attribute> {
  const write = mode === WO
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => [name, { text: write ? '' : `${text}\n`, mode }]),
  )
}
