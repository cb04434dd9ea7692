import { getController, incarnationOf, type OpenDevice, openDeleteController } from '@nvmf/controllers'
import { type Announcement, Announcements, type Registry } from '@nvmf/registry-core'
import { othersAnnounced } from './announced.ts'
import type { Declared, ExecutePorts } from './execute.ts'
import { namespacesInUse } from './namespaces.ts'

/**
 * {@link ExecutePorts} from the parts that every caller has.
 * @param options.own the caller's own announcement that it connects a controller: it stops no disconnect of the caller's
 */
export function executePorts(options: {
  root: string
  openDevice: OpenDevice
  registry: Pick<Registry, 'ownerOf'>
  own?: Announcement
}): ExecutePorts {
  const { root, openDevice, registry, own } = options
  const announcements = new Announcements({ root })
  return {
    declare: incarnations => declare(announcements, incarnations, own === undefined ? [] : [own]),
    openDelete: device => openDeleteController(openDevice, root, device),
    incarnationOf: device => incarnationOf(device, { root }),
    stateOf: device => getController(device, { root })?.state,
    registry,
    namespacesOf: device => namespacesInUse(device, { root }),
  }
}

async function declare(
  announcements: Announcements,
  incarnations: ReadonlyMap<string, string>,
  own: readonly Announcement[],
): Promise<Declared> {
  const announcement = await announcements.leaving(incarnations)
  try {
    // After the declaration, so that what was announced and has ended before it does not count.
    await announcements.probe()
  } catch (error) {
    announcement.withdraw()
    throw error
  }
  return {
    others: () => othersAnnounced(announcements, [announcement, ...own]),
    withdraw: () => announcement.withdraw(),
  }
}
