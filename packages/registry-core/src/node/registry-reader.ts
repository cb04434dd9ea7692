import { confinedSys } from '../confined-sys.ts'
import { RegistryReader as Core } from '../registry-reader.ts'
import { nodeLook } from './confinement.ts'
import { nodeSys } from './sys.ts'

/** {@link Core} on Node's own system calls. */
export class RegistryReader extends Core {
  /** @param options.root where the host's file system begins: `/`, or a virtual host's directory, out of which no link is followed */
  constructor(options: { root?: string } = {}) {
    const root = options.root ?? '/'
    super(confinedSys(nodeSys(), root, nodeLook), root)
  }
}
