import type { Controller } from '@nvmf/controllers'
import { isRegistryError, type Registry, type RegistryError } from '@nvmf/registry-core'

/** What became of the ownership of a controller that was connected already. */
export type Settled =
  /** No owner was asked for, and nothing was changed. `owner`: whose it is, unless it is nobody's or cannot be read. */
  | { readonly outcome: 'untouched'; readonly owner?: string; readonly unknown?: true }
  /** It was nobody's. */
  | { readonly outcome: 'claimed' }
  | { readonly outcome: 'already-ours' }
  /** `from`: whose it was, unless that could not be read. */
  | { readonly outcome: 'stolen'; readonly from?: string }
  /** An empty owner was asked for. `from`: whose it was, if anybody's. */
  | { readonly outcome: 'released'; readonly from?: string }
  /** It is somebody else's and was left to them. */
  | { readonly outcome: 'owned'; readonly owner: string }
  /** The registry could not be read or written; nothing was changed. */
  | { readonly outcome: 'failed'; readonly error: RegistryError }

/** The ownership that a caller asks for. */
export interface Wanted {
  /** Undefined: none of our business. Empty: nobody's. */
  readonly owner?: string | undefined
  /** Take it from whoever has it. */
  readonly steal?: boolean
}

/**
 * Brings the ownership of a controller that was there before to what is wanted: a compare-and-set on exactly this
 * incarnation, so that neither a faster claimer nor the next tenant of the number is overrun.
 *
 * @returns `gone`: the controller is not there any more, nothing was changed
 */
export function settle(
  registry: Pick<Registry, 'ownerOf' | 'claim' | 'release'>,
  { name, incarnation }: Controller,
  { owner, steal = false }: Wanted,
  isThere: () => boolean,
): Settled | 'gone' {
  if (owner === undefined) return untouched(registry, name, incarnation)
  try {
    if (owner === '') {
      const from = registry.release(name, { incarnation })
      return from === undefined ? { outcome: 'released' } : { outcome: 'released', from }
    }
    const { outcome, from } = registry.claim(name, owner, { steal, incarnation })
    return outcome === 'stolen' && from !== undefined ? { outcome, from } : { outcome }
  } catch (error) {
    if (!isRegistryError(error)) throw error
    if (error.code === 'owned' && error.owner !== undefined) return { outcome: 'owned', owner: error.owner }
    // Also said of one that reconnects and cannot be opened: that one is still there.
    return error.code === 'no-controller' && !isThere() ? 'gone' : { outcome: 'failed', error }
  }
}

function untouched(registry: Pick<Registry, 'ownerOf'>, name: string, incarnation: string): Settled {
  const ownership = registry.ownerOf(name, incarnation)
  if (ownership.state === 'owned') return { outcome: 'untouched', owner: ownership.owner }
  return ownership.state === 'unowned' ? { outcome: 'untouched' } : { outcome: 'untouched', unknown: true }
}
