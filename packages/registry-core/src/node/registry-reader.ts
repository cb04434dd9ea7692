import { RegistryReader as Core } from '../registry-reader.ts'
import { nodeSys } from './sys.ts'

/** {@link Core} on Node's own system calls. */
export class RegistryReader extends Core {
  /** @param options.root where the host's file system begins: `/`, or a virtual host's directory */
  constructor(options: { root?: string } = {}) {
    super(nodeSys(), options.root ?? '/')
  }
}
