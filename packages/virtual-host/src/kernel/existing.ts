import { KernelError } from './errno.ts'
import type { Controller } from './model.ts'
import type { ConnectOptions, ParseContext } from './options.ts'

/**
 * `nvmf_host_add`: among the hosts that some controller still refers to - the kernel's own default one included - a
 * host NQN has one host id and the reverse.
 */
export function checkHost(options: ConnectOptions, controllers: Iterable<Controller>, own: ParseContext): void {
  const hosts = [own, ...[...controllers].flatMap(each => each.options ?? [])]
  for (const { hostnqn, hostid } of hosts) {
    if ((hostnqn === options.hostnqn) !== (hostid === options.hostid)) {
      throw new KernelError('EINVAL', 'found same hostid but different hostnqn, or the reverse')
    }
  }
}

/** `nvmf_ip_options_match`: is there a controller that this tcp connect would duplicate? */
export function isDuplicate(options: ConnectOptions, controller: Controller): boolean {
  const other = controller.options
  if (other === undefined || other.transport !== 'tcp' || controller.state === 'deleting') return false
  return (
    other.nqn === options.nqn &&
    other.hostnqn === options.hostnqn &&
    other.hostid === options.hostid &&
    other.traddr === options.traddr &&
    other.trsvcid === options.trsvcid &&
    other.hostTraddr === options.hostTraddr &&
    other.hostIface === options.hostIface
  )
}
