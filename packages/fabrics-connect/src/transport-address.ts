import { fcAddress, ipAddress } from '@nvmf/controllers'
import type { Transport } from './options.ts'

/** RFC 1123, the trailing dot of a complete name and the underscore of real life included. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?$/i
const NO_FC = 'must be an FC address, nn-0x<16 digits>:pn-0x<16 digits>'

/** Which addresses a host name may stand for. */
export type Family = 4 | 6

/** An IPv4 or IPv6 address in figures, an IPv6 scope (`fe80::1%eth0`) included. */
export const isNumericAddress = (text: string): boolean => ipAddress(text) !== undefined

/** Why a text is no target address for a transport, or undefined. */
export function whyNoTarget(transport: Transport, text: string, family: Family | undefined): string | undefined {
  if (transport === 'loop') return undefined
  if (transport === 'fc') return fcAddress(text) === undefined ? NO_FC : undefined
  if (isNumericAddress(text)) {
    return family === undefined || familyOf(text) === family ? undefined : `is not an IPv${family} address`
  }
  return HOST_NAME.test(text) ? undefined : 'must be an IP address (without brackets) or a host name'
}

/** Why a text is no address of this host for a transport, or undefined: the kernel resolves no names. */
export function whyNoSource(transport: Transport, text: string): string | undefined {
  if (transport === 'loop') return undefined
  if (transport === 'fc') return fcAddress(text) === undefined ? NO_FC : undefined
  return isNumericAddress(text) ? undefined : 'must be a numeric address'
}

/** 4 or 6, for an address in figures. */
const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4)
