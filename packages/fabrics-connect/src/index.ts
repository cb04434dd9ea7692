import { confineDevices, listControllers, openDevice } from '@nvmf/controllers'
import { announcedAt, executePorts, readNamespaces } from '@nvmf/disconnect-policy'
import { type Announced, Announcements, Registry } from '@nvmf/registry-core'
import type { ConnectPorts } from './connect.ts'
import { nodeFiles } from './node/host-files.ts'
import { interfaceOf } from './node/interfaces.ts'
import { openKernelLog } from './node/kernel-log.ts'
import { loadModule } from './node/modules.ts'
import { resolveHost } from './node/resolve.ts'
import type { Looks } from './take-down.ts'

/**
 * Everything {@link connect} needs, on Node.
 * @param options.root where the host's file system begins: `/` (the default), or a virtual host's directory
 * @param options.loadModules false: nvme-fabrics and the transport's driver are not loaded when they are missing. Only
 * ever done for `/`: a virtual host has no modules
 */
export function connectPorts({
  root = '/',
  loadModules = true,
}: {
  root?: string
  loadModules?: boolean
} = {}): ConnectPorts {
  const real = root === '/'
  const registry = new Registry({ root })
  const { declare, incarnationOf, stateOf, namespacesOf } = executePorts({ root, openDevice, registry })
  const announced = (): Promise<Announced> => announcedAt(root)
  const namespaces: Looks['namespaces'] = controllers => readNamespaces(controllers, { root })
  return {
    root,
    openDevice: confineDevices(root, openDevice),
    files: nodeFiles(root),
    resolve: resolveHost,
    registry,
    announcements: new Announcements({ root }),
    looks: { announced, declare, incarnationOf, stateOf, namespacesOf, namespaces },
    controllers: () => listControllers({ root }),
    ...(real ? { interfaceOf } : {}),
    ...(real && loadModules ? { loadModule } : {}),
    kernelLog: () => openKernelLog(root),
  }
}

export type { Aftermath } from './aftermath.ts'
export { parseOptionText } from './check.ts'
export { type Connected, type ConnectOptions, type ConnectPorts, connect, findExisting } from './connect.ts'
export { FabricsError, type FabricsErrorCode, isFabricsError } from './errors.ts'
export { type Generated, generateIdentity } from './generate.ts'
export { type HostFiles, type HostIdentity, hostIdentity, type IdentitySource } from './host-identity.ts'
export type { KernelLog } from './kernel-log.ts'
export type { Left } from './left.ts'
export { nodeFiles } from './node/host-files.ts'
export { randomUuid } from './node/random.ts'
export {
  type ConnectRequest,
  DISCOVERY_NQN,
  type OptionKey,
  type OptionSpec,
  type OptionType,
  optionTable,
  TRANSPORTS,
  type Transport,
} from './options.ts'
export { type Preview, previewConnect } from './preview.ts'
export type { Recorded } from './record.ts'
export type { Settled } from './settle.ts'
export type { Looks } from './take-down.ts'
export type { Family } from './transport-address.ts'
