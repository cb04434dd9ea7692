import { type Controller, sameAddress } from '@nvmf/controllers'
import type { Announced, Connecting, Ownership } from '@nvmf/registry-core'

/** A controller that a connect is making, as far as can be told. */
export interface BeingConnected {
  /** The owner that the connect has announced, if it is known. */
  readonly owner?: string
  /** It is only not known that it is not: an announcement cannot be read. */
  readonly unreadable?: true
}

/** The NQN that any discovery subsystem may be asked for by; sysfs may show its own. */
const DISCOVERY_NQN = 'nqn.2014-08.org.nvmexpress.discovery'

/**
 * Is this controller being connected? Either it is unowned and a living process has announced a connect that it agrees with,
 * which will record its owner; or it is in its first connect, by whatever program. What is not known agrees.
 */
export function beingConnected(
  controller: Controller,
  ownership: Ownership,
  { connecting }: Pick<Announced, 'connecting'>,
): BeingConnected | undefined {
  if (ownership.state === 'unowned') {
    const index = connecting.findIndex(what => what === undefined || agrees(controller, what))
    const what = connecting[index]
    if (what !== undefined) return what.owner === undefined ? {} : { owner: what.owner }
    if (index >= 0) return { unreadable: true }
  }
  return isInFirstConnect(controller) ? {} : undefined
}

/**
 * A controller gets its subsystem in its first connect (nvme_init_subsystem in drivers/nvme/host/core.c) and keeps it while it
 * reconnects. Until then it is `new` or `connecting`, and has no `subsysnqn`.
 */
const isInFirstConnect = ({ state, subsystem, nqn }: Controller): boolean =>
  subsystem === undefined && nqn === undefined && (state === undefined || state === 'new' || state === 'connecting')

function agrees(controller: Controller, what: Connecting): boolean {
  const { address, transport, hostnqn } = controller
  return (
    isEqual(transport, what.transport) &&
    isSamePlace(address.traddr, what.traddr) &&
    isEqual(address.trsvcid, what.trsvcid) &&
    isSamePlace(address.hostTraddr, what.hostTraddr) &&
    isEqual(address.hostIface, what.hostIface) &&
    isEqual(hostnqn, what.hostnqn) &&
    isSameSubsystem(controller, what.nqn)
  )
}

const isEqual = (there: string | undefined, announced: string | undefined): boolean =>
  there === undefined || announced === undefined || there.toLowerCase() === announced.toLowerCase()

const isSamePlace = (there: string | undefined, announced: string | undefined): boolean =>
  there === undefined || announced === undefined || sameAddress(there, announced)

const isSameSubsystem = ({ nqn, cntrltype }: Controller, announced: string | undefined): boolean =>
  isEqual(nqn, announced) ||
  (announced === DISCOVERY_NQN && (cntrltype === 'discovery' || cntrltype === 'reserved' || cntrltype === undefined))
