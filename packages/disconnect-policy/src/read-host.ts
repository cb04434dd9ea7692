import { listControllers } from '@nvmf/controllers'
import { type Announced, Announcements, isRegistryError, type RegistryReader } from '@nvmf/registry-core'
import { EVERYTHING, othersAnnounced } from './announced.ts'
import { readNamespaces } from './namespaces.ts'
import type { Host } from './plan.ts'

/**
 * Reads a host for {@link plan}, in the order that makes it true: each controller in the list was there before the
 * announcements were read, and who announced it then and has withdrawn since has recorded its owner, which is read last.
 *
 * @throws ControllersError `no-sysfs`
 */
export async function readHost(options: { root: string; registry: Pick<RegistryReader, 'ownerOf'> }): Promise<Host> {
  const { root, registry } = options
  const controllers = listControllers({ root })
  return {
    controllers,
    announced: await announcedAt(root),
    ownershipOf: ({ name, incarnation }) => registry.ownerOf(name, incarnation),
    namespaces: readNamespaces(controllers, { root }),
  }
}

/** What other processes have announced; if that cannot be read, it may be anything. */
export async function announcedAt(root: string): Promise<Announced> {
  const announcements = new Announcements({ root })
  try {
    await announcements.probe()
  } catch (error) {
    if (isRegistryError(error)) return EVERYTHING
    throw error
  }
  return othersAnnounced(announcements, [])
}
