import { type HostFiles, hostnqnOf } from './host-identity.ts'
import { machineUuid } from './machine-uuid.ts'

/** A host NQN for a host that has none yet. */
export interface Generated {
  readonly hostnqn: string
  /** Its UUID, which is also the hostid that goes with it. */
  readonly hostid: string
  /** `machine`: firmware's UUID, the same at every call; `random`: another one each time, to be written down. */
  readonly from: 'machine' | 'random'
}

/** Makes a host NQN; nothing is written. @param random a version 4 UUID */
export function generateIdentity(files: HostFiles, root: string, random: () => string): Generated {
  const machine = machineUuid(files, root)
  const hostid = machine ?? random()
  return { hostnqn: hostnqnOf(hostid), hostid, from: machine === undefined ? 'random' : 'machine' }
}
