import type { Result, Step } from '@nvmf/disconnect-policy'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { AS_ROOT } from '../failure.ts'
import { controllerJson } from '../output/controller.ts'

/** One line for a controller that was to be disconnected; none for a failure, which {@link noteFailures} reports. */
export function resultLine(result: Result): string | undefined {
  const { name } = result.step.controller
  switch (result.outcome) {
    case 'disconnected':
      return `disconnected ${name}`
    case 'gone':
      return `gone ${name}: it was gone already`
    case 'changed':
      return `kept ${name}: ${result.now === 'recycled' ? 'another controller has this name now' : whyNow(result)}`
    case 'failed':
      return undefined
  }
}

function whyNow(result: Extract<Result, { outcome: 'changed' }>): string {
  if ('owner' in result) return `meanwhile owned by ${result.owner}`
  return result.now === 'unowned' ? 'meanwhile owned by nobody' : 'its owner cannot be read any more'
}

/** One line for a controller that was left alone. */
export function keptLine({ controller, reason, owner, ownership }: Step): string {
  const why = {
    owned: `owned by ${owner}`,
    unowned: 'owned by nobody',
    'ownership-unknown': `its owner cannot be read${ownership.state === 'unknown' ? ` (${ownership.reason})` : ''}`,
    'not-fabrics': `not a fabrics controller (${controller.transport ?? 'its transport cannot be read'})`,
    filtered: `its transport is ${controller.transport}`,
  } as const
  return `kept ${controller.name}: ${reason in why ? why[reason as keyof typeof why] : reason}`
}

/** The same in JSON: the controller as `list` shows it, what was decided and what came of it. */
export function resultJson(result: Result): Record<string, unknown> {
  const { controller, ownership, action, reason } = result.step
  const error = result.outcome === 'failed' ? { code: result.error.code, message: result.error.message } : undefined
  const now = result.outcome === 'changed' ? result.now : undefined
  return { ...controllerJson(controller, ownership), action, reason, outcome: result.outcome, now, error }
}

/** A controller that was left alone, or would be disconnected, in JSON. */
export const stepJson = (
  { controller, ownership, action, reason }: Step,
  outcome: 'kept' | 'planned',
): Record<string, unknown> => ({
  ...controllerJson(controller, ownership),
  action,
  reason,
  outcome,
})

/** A disconnection for the journal. */
export function journalResult(context: Context, { step, outcome }: Result): void {
  if (outcome !== 'disconnected') return
  const { controller, owner, reason } = step
  context.journal('disconnected', controller.name, { nqn: controller.nqn, owner, reason })
}

/** Says on standard error what failed, and what would help. */
export function noteFailures(context: Context, results: readonly Result[]): void {
  for (const result of results) if (result.outcome === 'failed') context.note(result.error.message)
  if (exitOf(results) === EXIT.permission) context.hint(AS_ROOT)
}

/** Nothing failed, all failed, or some. */
export function exitOf(results: readonly Result[]): ExitCode {
  const failed = results.filter(result => result.outcome === 'failed')
  if (failed.length === 0) return EXIT.ok
  if (failed.length < results.length) return EXIT.partial
  return failed.every(result => result.error.code === 'permission') ? EXIT.permission : EXIT.failure
}
