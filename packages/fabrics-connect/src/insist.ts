import { FabricsError } from './errors.ts'
import type { Recorded } from './record.ts'

/**
 * With `requireOwner`: throws if another owner was faster, which keeps the controller.
 * @returns why the controller has to go again, if its owner could not be recorded
 */
export function insist(
  device: string,
  ownership: Recorded,
): { readonly why: string; readonly error: Error } | undefined {
  if (ownership.outcome === 'owned') {
    throw new FabricsError('owned', `${device} was claimed by ${ownership.owner} first`, {
      device,
      owner: ownership.owner,
      stillConnected: true,
    })
  }
  if (ownership.outcome !== 'failed') return undefined
  const { error } = ownership
  return { why: `its owner cannot be recorded (${error.message})`, error }
}
