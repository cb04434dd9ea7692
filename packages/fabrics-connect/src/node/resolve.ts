import type { Family } from '../transport-address.ts'

/** The first address of a host name, of one family if told, as getaddrinfo(3) orders them. */
export async function resolveHost(name: string, family?: Family): Promise<string> {
  // Loaded when needed: most targets are given by address.
  const { lookup } = await import('node:dns/promises')
  // Before Node 17 the order was not the system's.
  return (await lookup(name, { family: family ?? 0, verbatim: true })).address
}
