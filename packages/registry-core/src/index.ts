import { nodeSys } from './node/sys.ts'
import { Registry as Core } from './registry.ts'

/** {@link Core} on Node's own system calls. */
export class Registry extends Core {
  /** @param options.root where the host's file system begins: `/`, or a virtual host's directory */
  constructor(options: { root?: string } = {}) {
    super(nodeSys(), options.root ?? '/')
  }
}

export { RegistryError, type RegistryErrorCode } from './errors.ts'
export { parseDevice } from './names.ts'
export type * from './types.ts'
