import { type Checked, check, type Values } from './check.ts'
import type { ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import { hostIdentity } from './host-identity.ts'
import type { Limit } from './in-turn.ts'
import { withDefaults } from './option-string.ts'
import type { ConnectRequest } from './options.ts'
import { type Family, isNumericAddress } from './transport-address.ts'

/** A request with everything that was left open filled in. */
export interface Complete {
  readonly checked: Checked
  readonly values: Values
  readonly identity: 'host' | 'kernel'
  readonly warnings: readonly string[]
}

/**
 * Checks a request and fills it in: defaults, this host's identity, and addresses in figures, as the kernel resolves no
 * names. Touches nothing.
 */
export async function complete(
  request: ConnectRequest,
  ports: Pick<ConnectPorts, 'files' | 'root' | 'resolve'>,
  limit: Limit,
): Promise<Complete> {
  const checked = check(request)
  const values = withDefaults(checked, request)
  const text = (key: 'hostnqn' | 'hostid' | 'traddr'): string | undefined => values.get(key) as string | undefined
  const identity = hostIdentity(ports.files, ports.root, { hostnqn: text('hostnqn'), hostid: text('hostid') })
  if (identity !== undefined) values.set('hostnqn', identity.hostnqn).set('hostid', identity.hostid)
  const traddr = text('traddr')
  const ip = checked.transport === 'tcp' || checked.transport === 'rdma'
  if (ip && traddr !== undefined && !isNumericAddress(traddr)) {
    values.set('traddr', await limit.race(resolved(traddr, request, ports)))
  }
  return {
    checked,
    values,
    identity: identity === undefined ? 'kernel' : 'host',
    warnings: identity?.mismatch
      ? [`hostnqn and hostid (${identity.hostid}) name different UUIDs, a target may take this host for two`]
      : [],
  }
}

async function resolved(
  name: string,
  { family }: ConnectRequest,
  { resolve }: Pick<ConnectPorts, 'resolve'>,
): Promise<string> {
  const address = await resolve(name, family).catch((error: LookupError) => {
    throw new FabricsError('unresolved', `${name} ${lookupFailure(error, family)}`, { option: 'traddr', cause: error })
  })
  if (isNumericAddress(address)) return address
  throw new FabricsError('unresolved', `${name} has no IP address`, { option: 'traddr' })
}

type LookupError = Error & { code?: unknown }

/** ENOTFOUND is Node's for EAI_NONAME and EAI_NODATA, which are answers. All others say that there was none. */
function lookupFailure({ code, message }: LookupError, family: Family | undefined): string {
  if (code === 'ENOTFOUND') return family === undefined ? 'has no address' : `has no IPv${family} address`
  return `cannot be resolved: ${code === 'EAI_AGAIN' ? 'temporary failure in name resolution' : message}`
}
