const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const GROUP = /^[0-9a-f]{1,4}$/i
const SCOPE = /^[A-Za-z0-9_.-]{1,15}$/
const WWN = '(?:0x)?([0-9a-f]{16})'
const FC_ADDRESS = new RegExp(`^nn-${WWN}[:,]pn-${WWN}$`, 'i')

/** Does one place have both addresses? One address has many spellings, and each tool of a host gives the kernel its own. */
export const sameAddress = (one: string, other: string): boolean => spelled(one) === spelled(other)

/** What is neither of IP nor of Fibre Channel is compared without case. */
const spelled = (text: string): string => ipAddress(text) ?? fcAddress(text) ?? text.toLowerCase()

/**
 * The one spelling of an IPv4 or IPv6 address in figures, so that equal ones are equal text; undefined for what is none. A
 * scope (`fe80::1%eth0`) is part of it, as it was written: the name of an interface has its case.
 */
export function ipAddress(text: string): string | undefined {
  if (IPV4.test(text)) return text.split('.').map(Number).join('.')
  const [address = '', scope, ...rest] = text.split('%')
  if (rest.length > 0 || (scope !== undefined && !SCOPE.test(scope))) return undefined
  const groups = ipv6Groups(address)
  if (groups === undefined) return undefined
  return groups.map(group => group.toString(16)).join(':') + (scope === undefined ? '' : `%${scope}`)
}

/**
 * A Fibre Channel address as the kernel reads it, `nn-0x…:pn-0x…` with 16 digits each; undefined for anything else. A
 * discovery log has a comma in the middle, and people type capitals or leave the 0x out (nvme_fc_parse_traddr() in
 * drivers/nvme/host/fc.c).
 */
export function fcAddress(text: string): string | undefined {
  const [, node, port] = FC_ADDRESS.exec(text) ?? []
  return node === undefined || port === undefined ? undefined : `nn-0x${node.toLowerCase()}:pn-0x${port.toLowerCase()}`
}

/** The eight numbers of an IPv6 address. */
function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split('::').map(half => (half === '' ? [] : half.split(':')))
  if (halves.length > 2) return undefined
  const last = halves.at(-1)
  const embedded = last?.at(-1)
  if (last !== undefined && embedded !== undefined && IPV4.test(embedded)) {
    const [a = 0, b = 0, c = 0, d = 0] = embedded.split('.').map(Number)
    last.splice(-1, 1, (a * 256 + b).toString(16), (c * 256 + d).toString(16))
  }
  const [head = [], tail] = halves
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])]
  return groups.every(group => GROUP.test(group)) ? groups.map(group => Number.parseInt(group, 16)) : undefined
}
