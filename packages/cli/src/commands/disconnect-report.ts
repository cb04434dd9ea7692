import type { Plan, Result, Step } from '@nvmf/disconnect-policy'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { AS_ROOT } from '../failure.ts'
import { tell } from '../journal/tell.ts'
import { listedJson } from '../output/controller.ts'
import { type Told, toldOfResult, toldOfStep, useOf } from './disconnect-texts.ts'

/** What a run made of a plan; a dry run has no results. */
export interface Done {
  readonly plan: Plan
  readonly results?: readonly Result[]
  /** What was named and is not there. */
  readonly missing?: readonly string[]
}

/** Every controller of the plan in its order, with what became of it. */
export function toldOf({ plan, results = [] }: Done): { step: Step; result: Result | undefined; told: Told }[] {
  const byStep = new Map(results.map(result => [result.step, result]))
  return plan.steps.map(step => {
    const result = byStep.get(step)
    return { step, result, told: result === undefined ? toldOfStep(step) : toldOfResult(result) }
  })
}

/** The report for programs: docs/schemas/disconnect.json. */
export function reportJson(done: Done): object {
  const controllers = toldOf(done).map(({ step, result }) => ({
    ...listedJson(step),
    action: step.action,
    reason: step.reason,
    uses: step.uses,
    ...(step.pathsLeaving.length > 0 ? { pathsLeaving: step.pathsLeaving } : {}),
    ...(step.connecting?.owner === undefined ? {} : { connectingFor: step.connecting.owner }),
    outcome: result?.outcome ?? (step.action === 'skip' ? 'kept' : 'planned'),
    ...(result?.outcome === 'changed' ? changeJson(result) : {}),
    ...(result?.outcome === 'failed' ? { error: { code: result.error.code, message: result.error.message } } : {}),
  }))
  return { dryRun: done.results === undefined, controllers, notFound: done.missing ?? [] }
}

function changeJson(result: Extract<Result, { outcome: 'changed' }>): object {
  const { now } = result
  if (now === 'recycled') return { now }
  const { owner, uses, pathsLeaving = [], connecting } = result
  const paths = pathsLeaving.length === 0 ? undefined : pathsLeaving
  return { now, ownerNow: owner, usesNow: uses, pathsLeavingNow: paths, connectingForNow: connecting?.owner }
}

/** A disconnection for the journal, and a controller that was kept for somebody who needs it. */
export function journalResult(context: Context, result: Result): void {
  const { controller, owner, reason, uses } = result.step
  const { nqn } = controller
  if (result.outcome === 'disconnected') {
    tell(context, 'disconnected', controller.name, { nqn, owner, reason, use: useOf(uses) })
  } else if (result.outcome === 'changed' && result.now !== 'recycled') {
    const { uses: usesNow, connecting } = result
    const facts = { nqn, owner: result.owner ?? owner, for: connecting?.owner, reason: result.now, use: useOf(usesNow) }
    tell(context, 'kept', controller.name, facts)
  }
}

/** Is it worth a record that this controller was left alone? What was not aimed at is not. */
export const isAudited = ({ action, reason }: Step): boolean =>
  action === 'skip' && ['owned-by', 'ownership-unknown', 'in-use', 'being-connected'].includes(reason)

/** A controller that was left alone from the start. */
export function journalSkip(context: Context, step: Step): void {
  const { controller, owner, reason, uses, connecting } = step
  const facts = { nqn: controller.nqn, owner, for: connecting?.owner, reason, use: useOf(uses) }
  tell(context, 'kept', controller.name, facts)
}

/** Says on standard error what failed, and what would help. */
export function noteFailures(context: Context, results: readonly Result[]): void {
  for (const result of results) if (result.outcome === 'failed') context.note(result.error.message)
  if (exitOf(results) === EXIT.permission) context.hint(AS_ROOT)
}

/** Interrupted before the end, nothing failed, all failed, or some. */
export function exitOf(results: readonly Result[]): ExitCode {
  if (results.some(({ outcome }) => outcome === 'not-started')) return EXIT.interrupted
  const failed = results.filter(result => result.outcome === 'failed')
  if (failed.length === 0) return EXIT.ok
  if (failed.length < results.length) return EXIT.partial
  return failed.every(result => result.error.code === 'permission') ? EXIT.permission : EXIT.failure
}
