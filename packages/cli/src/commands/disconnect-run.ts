import { openDevice } from '@nvmf/controllers'
import {
  execute,
  executePorts,
  type Plan,
  plan,
  type Request,
  type Result,
  readHost,
  type Step,
} from '@nvmf/disconnect-policy'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { ownerCell, WHERE, whereCells } from '../output/controller.ts'
import { table } from '../output/table.ts'
import { count } from '../output/text.ts'
import { isAudited, journalResult, journalSkip } from './disconnect-report.ts'
import { useOf } from './disconnect-texts.ts'

/** What a request means for this host as it is now. */
export async function decide({ root, registry }: Context, request: Request): Promise<Plan> {
  return plan(await readHost({ root, registry }), request)
}

export const victimsOf = ({ steps }: Plan): Step[] => steps.filter(step => step.action === 'disconnect')

/**
 * Shows what would go, and what is in use of it.
 * @returns whether a person was asked
 * @throws Failure unless the answer is yes
 */
export function askFor(context: Context, victims: readonly Step[]): Promise<boolean> {
  const needed = victims.some(({ uses }) => uses.length > 0)
  const rows = victims.map(({ controller, ownership, uses }) => [
    controller.name,
    ...whereCells(controller),
    ownerCell(controller, ownership),
    ...(needed ? [useOf(uses) ?? '-'] : []),
  ])
  const heading = ['Device', ...WHERE, 'Owner', ...(needed ? ['In use'] : [])]
  // On standard error, and whole: nobody should say yes to what was cut off.
  return confirm(context, table([heading, ...rows]), `Disconnect ${count(victims.length, 'controller')}?`)
}

/**
 * Does what was decided; tells the journal of each controller when it has happened, and a terminal how far it is.
 * @param asShown a person agreed to what {@link askFor} showed: nothing else is taken
 */
export async function carryOut(context: Context, decided: Plan, jobs: number, asShown: boolean): Promise<Result[]> {
  const { root, registry, io } = context
  const victims = victimsOf(decided)
  for (const step of decided.steps.filter(isAudited)) journalSkip(context, step)
  if (victims.length === 0) return []

  io.blockAtOnce(Math.min(jobs, victims.length))
  const waiting = new Set(victims.map(({ controller }) => controller.name))
  let done = 0
  // They are begun in their order: of those that are not done the first ones are under way.
  const text = (): string => progressText(done, victims.length, [...waiting].slice(0, jobs))
  const show = () => (context.quiet ? undefined : io.progress(text))
  let progress = show()
  const signal = io.catchInterrupt(() => {
    progress?.stop()
    context.note('interrupted: no more are begun, those under way are waited for')
    progress = show()
  })
  try {
    return await execute(decided, executePorts({ root, openDevice, registry }), {
      jobs,
      asShown,
      stopped: signal.interrupted,
      onResult: result => {
        waiting.delete(result.step.controller.name)
        if (result.outcome !== 'not-started') done++
        journalResult(context, result)
      },
      onUndeclared: error =>
        context.note(
          `warning: another disconnect does not see this one, and may take the other paths: ${messageOf(error)}`,
        ),
    })
  } finally {
    progress?.stop()
    signal.stop()
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const NAMED = 3

function progressText(done: number, all: number, underWay: readonly string[]): string {
  const named = underWay.slice(0, NAMED).join(', ')
  const more = underWay.length > NAMED ? ` and ${underWay.length - NAMED} more` : ''
  return `${done} of ${all} done, waiting for ${named}${more}`
}
