/** The first address of a host name, as getaddrinfo(3) orders them. */
export async function resolveHost(name: string): Promise<string> {
  // Loaded when needed: most targets are given by address.
  const { lookup } = await import('node:dns/promises')
  return (await lookup(name)).address
}
