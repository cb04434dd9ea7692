import { below, errnoOf, readFailure } from '@nvmf/controllers'
import { FabricsError } from './errors.ts'
import { isUuid, whyNot, whyNotText } from './formats.ts'
import { machineUuid } from './machine-uuid.ts'

/** Reads small regular files; a failing call, of a larger file too, throws an object whose `code` is the errno's name. */
export interface HostFiles {
  /** At most 4096 bytes. */
  readText(path: string): string
  /** The same, for what is not text. */
  readBytes(path: string): Uint8Array
}

/** Where a part of the identity comes from: an option, a file, or computed from the other part. */
export type IdentitySource = 'given' | 'file' | 'hostnqn' | 'hostid' | 'machine'

/** Who this host is to a target. The kernel insists that one hostid goes with one hostnqn as long as controllers live. */
export interface HostIdentity {
  readonly hostnqn: string
  /** A UUID. */
  readonly hostid: string
  readonly from: { readonly hostnqn: IdentitySource; readonly hostid: IdentitySource }
  /** The hostnqn is made of another UUID than the hostid: allowed, but a target may then take one host for two. */
  readonly mismatch: boolean
}

const NQN_PREFIX = 'nqn.2014-08.org.nvmexpress:uuid:'
const HOSTNQN = '/etc/nvme/hostnqn'
const HOSTID = '/etc/nvme/hostid'

/** The host NQN that a UUID stands for (NVMe base specification 4.5.1). */
export const hostnqnOf = (uuid: string): string => NQN_PREFIX + uuid

/**
 * This host's identity, in libnvme's order, so that both tools of one host agree: what is given, /etc/nvme/hostnqn and
 * /etc/nvme/hostid, the UUID in the hostnqn, the machine's own UUID. Never a random one: a second connect would have
 * another, and be another host to the target.
 *
 * @returns undefined if there is nothing at all: then the kernel's own is best (nvmf_default_host), random but the same
 * for every connect until the module is loaded again
 * @throws FabricsError `no-host-identity` (a hostnqn, and no hostid to go with it: the kernel would use its own hostid,
 * which belongs to its own hostnqn), `bad-option` (a file with unusable content)
 */
export function hostIdentity(
  files: HostFiles,
  root: string,
  given: { hostnqn?: string | undefined; hostid?: string | undefined } = {},
): HostIdentity | undefined {
  const hostnqn = given.hostnqn ?? configured(files, root, HOSTNQN)
  const found = hostidFor(files, root, given.hostid, hostnqn)
  if (found === undefined) {
    if (hostnqn === undefined) return undefined
    throw new FabricsError('no-host-identity', 'no hostid is given or configured that goes with the hostnqn')
  }
  const [hostid, source] = found
  const nqnSource = given.hostnqn !== undefined ? 'given' : hostnqn !== undefined ? 'file' : 'hostid'
  return {
    hostid,
    hostnqn: hostnqn ?? hostnqnOf(hostid),
    from: { hostnqn: nqnSource, hostid: source },
    mismatch: (uuidIn(hostnqn) ?? hostid).toLowerCase() !== hostid.toLowerCase(),
  }
}

function hostidFor(
  files: HostFiles,
  root: string,
  given: string | undefined,
  hostnqn: string | undefined,
): readonly [string, IdentitySource] | undefined {
  if (given !== undefined) return [given, 'given']
  const file = configured(files, root, HOSTID)
  if (file !== undefined) return [file, 'file']
  const inside = uuidIn(hostnqn)
  if (inside !== undefined) return [inside, 'hostnqn']
  const machine = machineUuid(files, root)
  return machine === undefined ? undefined : [machine, 'machine']
}

/** The first line of a configuration file; undefined if it is missing or empty. */
function configured(files: HostFiles, root: string, path: typeof HOSTNQN | typeof HOSTID): string | undefined {
  let text: string
  try {
    text = files.readText(below(root, path))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    const reason = readFailure(error)
    if (reason === undefined) throw error
    throw new FabricsError('no-host-identity', `${path} cannot be read (${reason})`, { cause: error })
  }
  const line = (text.split('\n', 1)[0] ?? '').trim()
  if (line === '' || line === 'none') return undefined
  const option = path === HOSTNQN ? 'hostnqn' : 'hostid'
  const wrong = whyNotText(line) ?? whyNot[option === 'hostnqn' ? 'nqn' : 'uuid'](line)
  if (wrong === undefined) return line
  throw new FabricsError('bad-option', `${path}: ${wrong}`, { option })
}

function uuidIn(hostnqn: string | undefined): string | undefined {
  const uuid = hostnqn?.split('uuid:', 2)[1]
  return uuid !== undefined && isUuid(uuid) ? uuid : undefined
}
