import { isRegistryError, type Published, type Reaped, type Registry, type RegistryError } from '@nvmf/registry-core'

/** What the registry made of a new controller. */
export type Recorded =
  | Published
  /** No owner was asked for; `cleared` is the dead predecessor's whose entry was in the way. */
  | { readonly outcome: 'unowned'; readonly cleared?: string }
  /** No owner was asked for, but an entry is there that cannot be told from somebody's claim; it was left. */
  | { readonly outcome: 'unclear'; readonly owner?: string }
  /** The registry could not be written; the controller is connected nevertheless. */
  | { readonly outcome: 'failed'; readonly error: RegistryError }

/**
 * Registers the controller that the caller just made, or, without an owner, clears what a dead predecessor left at its
 * number. To be called while the handle that made it is open.
 */
export function record(
  registry: Pick<Registry, 'publish' | 'reap'>,
  device: string,
  owner: string | undefined,
): Recorded {
  try {
    return owner === undefined ? unowned(registry.reap(device)) : registry.publish(device, owner)
  } catch (error) {
    if (isRegistryError(error)) return { outcome: 'failed', error }
    throw error
  }
}

function unowned(reaped: Reaped): Recorded {
  if (reaped.outcome === 'none') return { outcome: 'unowned' }
  if (reaped.outcome === 'removed' && reaped.reason === 'controller-gone') return { outcome: 'gone' }
  if (reaped.outcome === 'removed')
    return reaped.owner === undefined ? { outcome: 'unowned' } : { outcome: 'unowned', cleared: reaped.owner }
  const { owner, reason } = reaped
  // An entry of this very incarnation: somebody saw the new controller and claimed it already.
  if (reason === 'alive') return owner === undefined ? { outcome: 'unowned' } : { outcome: 'owned', owner }
  return owner === undefined ? { outcome: 'unclear' } : { outcome: 'unclear', owner }
}
