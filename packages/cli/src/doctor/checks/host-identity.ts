import {
  type FabricsError,
  type HostIdentity,
  hostIdentity as identityOf,
  isFabricsError,
  nodeFiles,
} from '@nvmf/fabrics-connect'
import { AS_ROOT, isPermission } from '../../failure.ts'
import { type Check, type Finding, found, ok } from '../check.ts'
import { GIVE_IDENTITY } from '../names.ts'

/** Who this host is to its targets must be the same tomorrow. */
export const hostIdentity: Check = ({ host, root }) => {
  let identity: HostIdentity | undefined
  try {
    identity = identityOf(nodeFiles(root), root)
  } catch (error) {
    if (isFabricsError(error)) return unusable(error, host.asRoot)
    throw error
  }
  if (identity?.mismatch) {
    const message = `hostnqn and hostid name different UUIDs (${identity.hostnqn}, ${identity.hostid})`
    return found('note', message, 'make /etc/nvme/hostid that of /etc/nvme/hostnqn')
  }
  if (identity !== undefined) return ok(`this host is ${identity.hostnqn}`)
  if (!host.asRoot) {
    const message = "neither /etc/nvme/hostnqn nor /etc/nvme/hostid; only root may read the machine's own UUID"
    return found('note', message, AS_ROOT)
  }
  const message = "the kernel's own host NQN is used, another one after each boot"
  return found('warning', message, GIVE_IDENTITY)
}

/** A file that cannot be read, or says what it must not. A target may know this host by the hostnqn: it is not to be made anew. */
export function unusable(error: FabricsError, asRoot: boolean): Finding {
  if (!asRoot && isPermission(error.cause)) return found('problem', error.message, AS_ROOT)
  const missing = error.code === 'no-host-identity' && error.cause === undefined
  const remedy = missing || error.option === 'hostid' ? 'write a UUID into /etc/nvme/hostid' : 'repair that file'
  return found('problem', error.message, remedy)
}
