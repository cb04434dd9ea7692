import { confineDevices, getController, incarnationOf, type OpenDevice, openDeleteController } from '@nvmf/controllers'
import { Announcements, type Registry } from '@nvmf/registry-core'
import { othersAnnounced } from './announced.ts'
import type { Declared, ExecutePorts } from './execute.ts'
import { namespacesInUse } from './namespaces.ts'

/** {@link ExecutePorts} from the parts that every caller has. */
export function executePorts(options: {
  root: string
  openDevice: OpenDevice
  registry: Pick<Registry, 'ownerOf'>
}): ExecutePorts {
  const { root, registry } = options
  const openDevice = confineDevices(root, options.openDevice)
  const announcements = new Announcements({ root })
  return {
    declare: incarnations => declare(announcements, incarnations),
    openDelete: device => openDeleteController(openDevice, root, device),
    incarnationOf: device => incarnationOf(device, { root }),
    stateOf: device => getController(device, { root })?.state,
    registry,
    namespacesOf: device => namespacesInUse(device, { root }),
  }
}

async function declare(announcements: Announcements, incarnations: ReadonlyMap<string, string>): Promise<Declared> {
  const announcement = await announcements.leaving(incarnations)
  try {
    // After the declaration, so that what was announced and has ended before it does not count.
    await announcements.probe()
  } catch (error) {
    announcement.withdraw()
    throw error
  }
  return {
    others: () => othersAnnounced(announcements, [announcement]),
    withdraw: () => announcement.withdraw(),
  }
}
