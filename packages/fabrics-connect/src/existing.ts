import { type Controller, isControllersError } from '@nvmf/controllers'
import type { Registry } from '@nvmf/registry-core'
import type { Checked, Values } from './check.ts'
import type { Connected, ConnectOptions, ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import { matching } from './match.ts'
import { type Settled, settle } from './settle.ts'

/** The controller that a complete request would make a second time. An inventory that cannot be read has none. */
export function lookFor(checked: Checked, values: Values, ports: ConnectPorts): Controller | undefined {
  return matching(inventory(ports), checked, values, ports.interfaceOf ?? (() => undefined))
}

/** The kernel decides in the end: without an inventory it is asked all the same. */
export function inventory(ports: Pick<ConnectPorts, 'controllers'>): Controller[] {
  try {
    return ports.controllers()
  } catch (error) {
    if (isControllersError(error)) return []
    throw error
  }
}

/** Was it done, or is it what would be done? */
type Tense = 'did' | 'would'

/**
 * Deals with a connection that exists: its ownership as wanted, then the result or the error that the caller asked for.
 *
 * @param how `tense` of the error's words: `would` if `registry` only rehearses; `cause`: what the kernel said about it
 * @returns undefined: it went away meanwhile
 * @throws FabricsError `already-connected`; `owned` (idempotent, but the wanted owner is not its owner); `not-recorded`
 */
export function already(
  controller: Controller,
  options: ConnectOptions,
  ports: Pick<ConnectPorts, 'controllers'> & { readonly registry: Pick<Registry, 'ownerOf' | 'claim' | 'release'> },
  more: Pick<Connected, 'identity' | 'warnings'>,
  { cause, tense = 'did' }: { cause?: unknown; tense?: Tense } = {},
): Connected | undefined {
  const { name: device, incarnation, cntlid } = controller
  const isThere = (): boolean =>
    inventory(ports).some(other => other.name === device && other.incarnation === incarnation)
  const ownership = settle(ports.registry, controller, options, isThere)
  if (ownership === 'gone') return undefined
  const owner = ownerAfter(ownership, options.owner)
  const details = { device, owner, ownership, cause, stillConnected: true }
  const text = sentence(device, ownership, options.owner, tense)
  if (ownership.outcome === 'failed' && options.requireOwner) throw new FabricsError('not-recorded', text, details)
  if (!options.idempotent) throw new FabricsError('already-connected', text, details)
  if (ownership.outcome === 'owned') throw new FabricsError('owned', text, details)
  return { device, cntlid, ownership, alreadyConnected: true, ...more }
}

/** Who owns it now. */
function ownerAfter(ownership: Settled, wanted: string | undefined): string | undefined {
  switch (ownership.outcome) {
    case 'untouched':
    case 'owned':
      return ownership.owner
    case 'claimed':
    case 'already-ours':
    case 'stolen':
      return wanted
    default:
      return undefined
  }
}

/** `already connected as nvme3, owned by stas` */
export const sentence = (device: string, ownership: Settled, wanted: string | undefined, tense: Tense): string =>
  `already connected as ${device}${phrase(ownership, wanted, tense)}`

function phrase(ownership: Settled, wanted = '', tense: Tense): string {
  const done = tense === 'did'
  switch (ownership.outcome) {
    case 'untouched':
      if (ownership.unknown) return ', owner unknown'
      return ownership.owner === undefined ? '' : `, owned by ${ownership.owner}`
    case 'owned':
      return `, owned by ${ownership.owner}`
    case 'already-ours':
      return `, owned by ${wanted}`
    case 'claimed':
      return `, ${done ? '' : 'would be '}claimed for ${wanted}`
    case 'stolen':
      return ownership.from === undefined
        ? `, ${done ? '' : 'would be '}taken for ${wanted}, whose it ${done ? 'was' : 'is'} cannot be read`
        : `, ${done ? '' : 'would be '}taken from ${ownership.from} for ${wanted}`
    case 'released':
      if (ownership.from === undefined) return ', owned by nobody'
      return done ? `, released (was ${ownership.from}'s)` : `, would be released (is ${ownership.from}'s)`
    case 'failed':
      return `; its ownership could not be changed: ${ownership.error.message}`
  }
}
