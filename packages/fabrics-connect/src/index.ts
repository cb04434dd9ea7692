import { listControllers, nodeSysfs, openDevice } from '@nvmf/controllers'
import { Registry } from '@nvmf/registry-core'
import type { ConnectPorts } from './connect.ts'
import { resolveHost } from './node/resolve.ts'

/**
 * Everything {@link connect} needs, on Node.
 * @param options.root where the host's file system begins: `/` (the default), or a virtual host's directory
 */
export function connectPorts({ root = '/' }: { root?: string } = {}): ConnectPorts {
  return {
    root,
    openDevice,
    files: nodeSysfs,
    resolve: resolveHost,
    registry: new Registry({ root }),
    controllers: () => listControllers({ root }),
  }
}

export { parseOptionText } from './check.ts'
export { type Connected, type ConnectOptions, type ConnectPorts, connect } from './connect.ts'
export { FabricsError, type FabricsErrorCode } from './errors.ts'
export { type HostIdentity, hostIdentity, type TextFiles } from './host-identity.ts'
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
export type { Recorded } from './record.ts'
