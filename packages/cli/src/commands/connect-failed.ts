import { FabricsError, isFabricsError, type Left } from '@nvmf/fabrics-connect'
import type { Context } from '../context.ts'
import type { Facts } from '../journal/record.ts'
import { tell } from '../journal/tell.ts'
import { journalSettled } from './connect-report.ts'
import { useOf } from './disconnect-texts.ts'

/** Parts of a connect's journal records. */
export interface About {
  /** The controller that was to be connected. */
  readonly target: Facts
  /** For which owner. */
  readonly owner: string | undefined
}

/** Tells the journal how a connect that failed has ended, and gives the error that says it. */
export async function failedConnect(context: Context, error: unknown, { target, owner }: About): Promise<unknown> {
  if (!isFabricsError(error)) return error
  const { code, device, ownership, aftermath, left, stillConnected } = error
  if (device !== undefined && ownership !== undefined) journalSettled(context, device, ownership, owner)
  else if (code === 'owned')
    tell(context, 'not-recorded', device, { ...target, owner: error.owner, reason: 'owned-by' })
  else if (code === 'not-recorded')
    tell(context, 'not-recorded', device, { ...target, ...(stillConnected ? whyLeft(left) : {}) })
  if (code !== 'interrupted') return error
  // The process cannot end before the kernel is done in any case.
  const ended = await aftermath
  switch (ended?.outcome) {
    case 'taken-down':
      tell(context, 'taken-down', ended.device, { ...target, owner })
      return new FabricsError(code, `${ended.device}: interrupted; the connection was taken down again`, ended)
    case 'left':
    case 'still-connected':
      tell(context, 'left-connected', ended.device, { ...target, ...whyLeft(ended.error.left) })
      return new FabricsError(code, ended.error.message, { ...ended, stillConnected: true, cause: ended.error })
    case 'failed':
      tell(context, 'gave-up', undefined, { ...target, owner })
      return new FabricsError(code, 'interrupted; nothing was connected', { cause: ended.error })
    case undefined:
      tell(context, 'gave-up', undefined, { ...target, owner })
      return error
  }
}

/** Without a reason the kernel did not do it, or did not say which controller it made. */
const whyLeft = (left: Left | undefined): Facts =>
  left === undefined ? { reason: 'failed' } : { owner: left.owner, reason: left.reason, use: useOf(left.uses) }
