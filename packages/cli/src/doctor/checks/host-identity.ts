import { FabricsError, type HostIdentity, hostIdentity as identityOf, nodeFiles } from '@nvmf/fabrics-connect'
import { type Check, found, ok } from '../check.ts'

const FILES = 'write /etc/nvme/hostnqn and /etc/nvme/hostid'

/** Who this host is to its targets must be the same tomorrow. */
export const hostIdentity: Check = ({ host, root }) => {
  let identity: HostIdentity | undefined
  try {
    identity = identityOf(nodeFiles, root)
  } catch (error) {
    if (!(error instanceof FabricsError)) throw error
    return found('problem', error.message, error.option === 'hostid' ? 'write a UUID into /etc/nvme/hostid' : FILES)
  }
  if (identity !== undefined) return ok(`this host is ${identity.hostnqn}`)
  if (!host.asRoot)
    return found(
      'note',
      "neither /etc/nvme/hostnqn nor /etc/nvme/hostid; only root may read the machine's own UUID",
      'run it as root',
    )
  return found('warning', "the kernel's own host NQN is used, another one after each boot", FILES)
}
