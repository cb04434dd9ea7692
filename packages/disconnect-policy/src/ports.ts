import { confineDevices, getController, incarnationOf, type OpenDevice, openDeleteController } from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import type { ExecutePorts } from './execute.ts'
import { namespacesInUse } from './namespaces.ts'

/** {@link ExecutePorts} from the parts that every caller has. */
export function executePorts(options: {
  root: string
  openDevice: OpenDevice
  registry: Pick<Registry, 'ownerOf'>
}): ExecutePorts {
  const { root, registry } = options
  const openDevice = confineDevices(root, options.openDevice)
  return {
    openDelete: device => openDeleteController(openDevice, root, device),
    incarnationOf: device => incarnationOf(device, { root }),
    stateOf: device => getController(device, { root })?.state,
    registry,
    namespacesOf: device => namespacesInUse(device, { root }),
  }
}
