import { isIP } from 'node:net'
import { KernelError } from './errno.ts'
import type { ConnectOptions } from './options.ts'

/** The network interfaces of a virtual host. */
const INTERFACES = ['lo', 'eth0']

/**
 * The first checks of `nvme_tcp_alloc_ctrl`, before there is a device: addresses in figures (`inet_pton_with_scope`), a
 * port, and an interface that exists.
 */
export function checkTcp({ traddr, trsvcid, hostTraddr, hostIface }: ConnectOptions): void {
  for (const address of [traddr, hostTraddr]) {
    if (address === undefined || isIP(address) !== 0) continue
    throw new KernelError('EINVAL', `malformed address passed: ${address}`)
  }
  if (trsvcid !== undefined && !isPort(trsvcid)) throw new KernelError('EINVAL', `malformed port passed: ${trsvcid}`)
  if (hostIface !== undefined && !INTERFACES.includes(hostIface)) {
    throw new KernelError('ENODEV', `invalid interface passed: ${hostIface}`)
  }
}

/** `kstrtou16` of base 0. */
const isPort = (text: string): boolean => /^(?:0x[0-9a-f]+|[0-9]+)$/i.test(text) && Number(text) <= 0xffff
