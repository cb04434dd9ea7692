import { type Announcements, type Connecting, isRegistryError } from '@nvmf/registry-core'
import type { Complete } from './complete.ts'
import type { ConnectOptions, ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import type { OptionKey } from './options.ts'

/** A connect's announcement, which stands until its owner is recorded. */
export interface Announced {
  /** undefined: nothing is announced, for no owner was asked for or it could not be. */
  readonly announcement: Awaited<ReturnType<Announcements['connecting']>> | undefined
  /** One line if it could not be. */
  readonly warnings: readonly string[]
}

const KEYS: readonly Exclude<keyof Connecting & OptionKey, 'transport'>[] = [
  'traddr',
  'trsvcid',
  'hostTraddr',
  'hostIface',
  'nqn',
  'hostnqn',
]

/**
 * Announces that a controller is about to be connected for an owner, so that it is not taken for an unowned one between the
 * moment when the kernel shows it and the one when its owner is recorded. Without an owner there is nothing to announce.
 *
 * @throws FabricsError `not-recorded`, with `requireOwner`: the kernel has not been asked yet
 */
export async function announce(
  { checked, values }: Complete,
  { owner, requireOwner }: ConnectOptions,
  ports: Pick<ConnectPorts, 'announcements'>,
): Promise<Announced> {
  if (owner === undefined || owner === '') return { announcement: undefined, warnings: [] }
  const given = KEYS.flatMap(key => (values.has(key) ? [[key, String(values.get(key))]] : []))
  try {
    const what = { owner, transport: checked.transport, ...Object.fromEntries(given) }
    return { announcement: await ports.announcements.connecting(what), warnings: [] }
  } catch (error) {
    if (!isRegistryError(error)) throw error
    if (requireOwner) {
      const message = `its owner cannot be recorded (${error.message}); nothing was connected`
      throw new FabricsError('not-recorded', message, { cause: error })
    }
    const warning = `until its owner is recorded, others may disconnect it: it cannot be announced (${error.message})`
    return { announcement: undefined, warnings: [warning] }
  }
}
