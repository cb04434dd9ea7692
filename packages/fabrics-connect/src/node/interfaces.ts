import { networkInterfaces } from 'node:os'
import { ipAddress } from '@nvmf/controllers'

/** The network interface of this host that has an address, `eth0`; undefined if none has it. */
export function interfaceOf(address: string): string | undefined {
  const wanted = ipAddress(address.split('%', 1)[0] ?? '')
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (addresses?.some(each => ipAddress(each.address) === wanted)) return name
  }
  return undefined
}
