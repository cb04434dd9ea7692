import type { BeingConnected, Result, Step, Use } from '@nvmf/disconnect-policy'

/** What became of a controller, for the report: a word, and why. */
export interface Told {
  readonly result: 'disconnected' | 'would disconnect' | 'kept' | 'gone' | 'failed' | 'not started'
  readonly why: string
}

/** A controller that the plan left alone, or that it would take. */
export const toldOfStep = (step: Step): Told => ({
  result: step.action === 'disconnect' ? 'would disconnect' : step.reason === 'gone' ? 'gone' : 'kept',
  why: reasonText(step),
})

/** A controller that was to be disconnected. */
export function toldOfResult(result: Result): Told {
  const { step } = result
  switch (result.outcome) {
    case 'disconnected':
      return { result: 'disconnected', why: reasonText(step) }
    case 'gone':
      return { result: 'gone', why: 'it was gone already, or somebody else is taking it down' }
    case 'not-started':
      return { result: 'not started', why: 'interrupted' }
    case 'failed':
      return { result: 'failed', why: result.error.message }
    case 'changed':
      return { result: 'kept', why: whyNow(result) }
  }
}

function whyNow(result: Extract<Result, { outcome: 'changed' }>): string {
  switch (result.now) {
    case 'recycled':
      return 'another controller has this name now'
    case 'owned-by':
      return `meanwhile owned by ${result.owner}`
    case 'unowned':
      return 'meanwhile owned by nobody'
    case 'in-use':
      return `meanwhile in use: ${usesText(result.uses ?? [])}${leavingText(result.pathsLeaving)}`
    case 'being-connected':
      return `meanwhile ${connectingText(result.connecting)}`
    default:
      return 'its owner cannot be read any more'
  }
}

function reasonText(step: Step): string {
  const { controller, reason, owner, ownership, uses, action } = step
  const whose = ownership.state === 'unowned' ? 'owned by nobody' : `owned by ${owner ?? 'somebody unknown'}`
  switch (reason) {
    case 'unowned':
    case 'owned-by':
      return whose
    case 'ownership-unknown':
      return `its owner cannot be read${ownership.state === 'unknown' ? ` (${ownership.reason})` : ''}`
    case 'not-fabrics':
      return `not a fabrics controller (${controller.transport ?? 'its transport cannot be read'})`
    case 'in-use':
      return `${action === 'skip' ? '' : `${whose}; `}in use: ${usesText(uses)}${leavingText(step.pathsLeaving)}`
    case 'filtered':
      return 'not selected'
    case 'gone':
      return 'it is being taken down already'
    case 'being-connected':
      return connectingText(step.connecting)
  }
}

function connectingText({ owner, unreadable }: BeingConnected = {}): string {
  if (unreadable) return 'perhaps being connected: an announcement cannot be read'
  return owner === undefined ? 'being connected' : `being connected for ${owner}`
}

/** Other paths, which another disconnect is taking. */
const leavingText = (paths: readonly string[] = []): string =>
  paths.length === 0 ? '' : `; another disconnect is taking ${paths.join(', ')}`

/** `nvme0n1p2 is mounted on /, and 3 more`: the mount nearest to the root first. */
function usesText(uses: readonly Use[]): string {
  const [first, ...more] = [...uses].sort((a, b) => weight(a) - weight(b)).map(useText)
  return more.length === 0 ? (first ?? '') : `${first}, and ${more.length} more`
}

const weight = (use: Use): number => (use.kind === 'mount' ? (use.at?.length ?? 1e6) : 1e6)

function useText(use: Use): string {
  switch (use.kind) {
    case 'mount':
      return `${use.device} is mounted ${use.at === undefined ? 'where this process does not see it' : `on ${use.at}`}`
    case 'swap':
      return `${use.device} is swapped on`
    case 'held':
      return `${use.device} is part of ${use.name}`
    case 'unknown':
      return `the use of ${use.device} is not known: ${use.why}`
  }
}

/** The same, and undefined if it is not in use. */
export const useOf = (uses: readonly Use[] = []): string | undefined => (uses.length === 0 ? undefined : usesText(uses))
