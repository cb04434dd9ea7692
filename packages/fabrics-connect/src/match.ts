import { type Controller, sameAddress } from '@nvmf/controllers'
import type { Checked, Values } from './check.ts'
import { DISCOVERY_NQN, type OptionKey } from './options.ts'

/** nvmf_ctlr_matches_baseopts() in drivers/nvme/host/fabrics.h: what goes away is no obstacle. */
const GOING = ['deleting', 'deleting (no IO)', 'dead']

/** The interface of this host that carries an address; undefined if it is not known. */
export type InterfaceOf = (address: string) => string | undefined

/**
 * The controller that a request would make a second time; a live one before one that reconnects.
 *
 * The rules are libnvme's, so that both tools of a host agree: the same host and subsystem, where the well-known
 * discovery NQN stands for any discovery controller at the address; for tcp the same transport address, and if the
 * request names an address or interface of this host, those of the connection. They are wider than the kernel's own
 * check, which covers neither loop nor discovery, and takes connections for different when only one names its
 * interface.
 */
export function matching(
  controllers: readonly Controller[],
  checked: Checked,
  values: Values,
  interfaceOf: InterfaceOf,
): Controller | undefined {
  const found = controllers.filter(
    controller =>
      controller.transport === checked.transport &&
      !GOING.includes(controller.state ?? '') &&
      isSameHost(controller, values) &&
      isSameSubsystem(controller, values) &&
      isSamePlace(controller, checked, values, interfaceOf),
  )
  return found.find(controller => controller.state === 'live') ?? found[0]
}

const textOf = (values: Values, key: OptionKey): string | undefined => values.get(key) as string | undefined

/** What both sides know must be equal: a host without an identity of its own connects with the kernel's. */
const agree = (there: string | undefined, here: string | undefined): boolean =>
  there === undefined || here === undefined || there.toLowerCase() === here.toLowerCase()

const agreeOnPlace = (there: string | undefined, here: string | undefined): boolean =>
  there === undefined || here === undefined || sameAddress(there, here)

const isSameHost = ({ hostnqn, hostid }: Controller, values: Values): boolean =>
  agree(hostnqn, textOf(values, 'hostnqn')) && agree(hostid, textOf(values, 'hostid'))

function isSameSubsystem({ nqn, cntrltype }: Controller, values: Values): boolean {
  const wanted = textOf(values, 'nqn')
  if (nqn === wanted) return true
  return wanted === DISCOVERY_NQN && cntrltype === 'discovery'
}

function isSamePlace(
  { address }: Controller,
  { transport }: Checked,
  values: Values,
  interfaceOf: InterfaceOf,
): boolean {
  if (!agreeOnPlace(address.traddr, textOf(values, 'traddr'))) return false
  if (!agree(address.trsvcid, textOf(values, 'trsvcid'))) return false
  const tcp = transport === 'tcp'
  // Since Linux 6.1 a tcp connection shows the address that it really uses; older ones get the benefit of the doubt.
  const from = address.hostTraddr ?? (tcp ? address.srcAddr : undefined)
  if (!agreeOnPlace(from, textOf(values, 'hostTraddr'))) return false
  const carrier = tcp && address.srcAddr !== undefined ? interfaceOf(address.srcAddr) : undefined
  return agree(address.hostIface ?? carrier, textOf(values, 'hostIface'))
}
