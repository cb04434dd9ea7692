import { below, errnoOf } from '@nvmf/controllers'
import { checkText, isUuid } from './check.ts'
import { FabricsError } from './errors.ts'

/** Reads small files; a failing call throws an object whose `code` is the errno's name. */
export interface TextFiles {
  /** At most 4096 bytes. */
  readText(path: string): string
}

/** Who this host is to a target. The kernel insists that one hostid goes with one hostnqn as long as controllers live. */
export interface HostIdentity {
  readonly hostnqn: string
  /** A UUID. */
  readonly hostid: string
}

const NQN_PREFIX = 'nqn.2014-08.org.nvmexpress:uuid:'
const ZERO_UUID = /^[0-]+$/
/** Where a machine keeps a UUID of its own: DMI, and the partition of an IBM Power machine. */
const MACHINE_UUIDS = ['/sys/class/dmi/id/product_uuid', '/proc/device-tree/ibm,partition-uuid'] as const

/**
 * This host's identity, in libnvme's order, so that both tools of one host agree: what is given, /etc/nvme/hostnqn and
 * /etc/nvme/hostid, the UUID in the hostnqn, the machine's own UUID. Never a random one: a second connect would have
 * another, and the kernel refuses that.
 *
 * @returns undefined if there is nothing at all: then the kernel's own is best (nvmf_default_host), random but the same
 * for every connect until the module is loaded again
 * @throws FabricsError `no-host-identity` (a hostnqn, and no hostid to go with it: the kernel would use its own hostid,
 * which belongs to its own hostnqn), `bad-option` (a file with unusable content)
 */
export function hostIdentity(
  files: TextFiles,
  root: string,
  given: { hostnqn?: string | undefined; hostid?: string | undefined },
): HostIdentity | undefined {
  const hostnqn = given.hostnqn ?? firstLine(files, below(root, '/etc/nvme/hostnqn'))
  const hostid =
    given.hostid ?? firstLine(files, below(root, '/etc/nvme/hostid')) ?? uuidIn(hostnqn) ?? machineUuid(files, root)
  if (hostid === undefined) {
    if (hostnqn === undefined) return undefined
    throw new FabricsError('no-host-identity', 'no hostid is given or configured that goes with the hostnqn')
  }
  if (!isUuid(hostid)) throw new FabricsError('bad-option', '/etc/nvme/hostid: must be a UUID', { option: 'hostid' })
  return { hostid, hostnqn: hostnqn ?? NQN_PREFIX + hostid }
}

function firstLine(files: TextFiles, path: string): string | undefined {
  let text: string
  try {
    text = files.readText(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    if (errnoOf(error) === undefined) throw error
    throw new FabricsError('no-host-identity', `${path} cannot be read (${errnoOf(error)})`, { cause: error })
  }
  const line = (text.split('\n', 1)[0] ?? '').trim()
  checkText(path, line)
  return line === '' ? undefined : line
}

const uuidIn = (hostnqn: string | undefined): string | undefined => {
  const uuid = hostnqn?.split('uuid:', 2)[1]
  return uuid !== undefined && isUuid(uuid) ? uuid : undefined
}

function machineUuid(files: TextFiles, root: string): string | undefined {
  for (const path of MACHINE_UUIDS) {
    try {
      // The device tree's text ends with a NUL.
      const uuid = files.readText(below(root, path)).replace(/\0.*$/s, '').trim()
      if (isUuid(uuid) && !ZERO_UUID.test(uuid)) return uuid
    } catch (error) {
      // Not this kind of machine, or not for this user: the next source decides.
      if (errnoOf(error) === undefined) throw error
    }
  }
  return undefined
}
