import { type Controller, ControllersError } from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import type { Checked, Values } from './check.ts'
import { FabricsError } from './errors.ts'
import { comparable } from './numeric-address.ts'

/** Completes an `already-connected` with the controller that it is about and its owner, as far as the host tells. */
export function existing(
  { transport }: Checked,
  values: Values,
  ports: { controllers: () => Controller[]; registry: Pick<Registry, 'ownerOf'> },
  error: FabricsError,
): FabricsError {
  const found = controllers(ports).find(controller => controller.transport === transport && isSame(controller, values))
  if (found === undefined) return error
  const ownership = ports.registry.ownerOf(found.name, found.incarnation)
  const owner = ownership.state === 'owned' ? ownership.owner : undefined
  const whose =
    ownership.state === 'owned'
      ? `, owned by ${ownership.owner}`
      : ownership.state === 'unknown'
        ? ', owner unknown'
        : ''
  return new FabricsError('already-connected', `already connected as ${found.name}${whose}`, {
    device: found.name,
    owner,
    cause: error.cause,
  })
}

/** The inventory only serves to name a name here: without it the error stands as it is. */
function controllers(ports: { controllers: () => Controller[] }): Controller[] {
  try {
    return ports.controllers()
  } catch (error) {
    if (error instanceof ControllersError) return []
    throw error
  }
}

/** nvmf_ip_options_match() and nvmf_ctlr_matches_baseopts() in the kernel: what both sides have must be equal. */
function isSame({ nqn, hostnqn, hostid, address }: Controller, values: Values): boolean {
  const equal = (there: string | undefined, key: 'nqn' | 'hostnqn' | 'hostid' | 'trsvcid'): boolean =>
    there === undefined || !values.has(key) || there.toLowerCase() === String(values.get(key)).toLowerCase()
  const sameAddress = (there: string | undefined, key: 'traddr' | 'hostTraddr'): boolean => {
    const here = values.get(key)
    if (there === undefined || typeof here !== 'string') return true
    return (comparable(there) ?? there.toLowerCase()) === (comparable(here) ?? here.toLowerCase())
  }
  return (
    nqn !== undefined &&
    equal(nqn, 'nqn') &&
    equal(hostnqn, 'hostnqn') &&
    equal(hostid, 'hostid') &&
    equal(address.trsvcid, 'trsvcid') &&
    sameAddress(address.traddr, 'traddr') &&
    sameAddress(address.hostTraddr, 'hostTraddr')
  )
}
