import { openDevice } from '@nvmf/controllers'
import { execute, executePorts, type Plan, plan, type Request, type Result, type Step } from '@nvmf/disconnect-policy'
import { TRANSPORTS } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import { endpoint, ownerCell } from '../output/controller.ts'
import { table } from '../output/table.ts'
import { count } from '../output/text.ts'
import type { Act } from '../program.ts'
import { exitOf, journalResult, keptLine, noteFailures, resultJson, resultLine, stepJson } from './disconnect-report.ts'

interface Options {
  readonly transport?: string
  readonly owner?: string
  readonly force?: true
  readonly dryRun?: true
  readonly yes?: true
}

/** `nvmf disconnect-all`: what nobody owns, unless told otherwise; says what it left, and why. */
export function addDisconnectAll(parent: Command, act: Act): void {
  const command = parent
    .command('disconnect-all')
    .description('disconnect all controllers that nobody owns')
    .option('-t, --transport <type>', `only controllers of this transport: ${TRANSPORTS.join(', ')}`)
    .option('--owner <name>', 'disconnect what this owner owns, and nothing else')
    .option('--force', 'disconnect all fabrics controllers, whoever owns them')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
  act<Options>(withQuiet(command), async (context, options) => {
    const decided = plan(context.controllers(), context.ownershipOf, requestOf(options))
    const doomed = decided.steps.filter(step => step.action === 'disconnect')
    if (options.dryRun) return showPlan(context, decided)
    const dangerous = options.force !== undefined || options.owner !== undefined
    if (dangerous && !options.yes && doomed.length > 0) await ask(context, doomed)
    const { root, registry } = context
    const results = await execute(decided, executePorts({ root, openDevice, registry }))
    return showResults(context, decided, results)
  })
}

function requestOf({ transport, owner, force }: Options): Request {
  if (force && owner !== undefined) throw usage('--force and --owner exclude each other')
  if (owner === '') throw usage('--owner: must not be empty')
  if (transport !== undefined && !(TRANSPORTS as readonly string[]).includes(transport)) {
    throw usage(`--transport: must be one of ${TRANSPORTS.join(', ')}, not ${JSON.stringify(transport)}`)
  }
  if (force) return { kind: 'force', transport }
  return owner === undefined ? { kind: 'unowned', transport } : { kind: 'owner', owner, transport }
}

function ask(context: Context, doomed: readonly Step[]): Promise<void> {
  const rows = doomed.map(({ controller, ownership }) => [
    controller.name,
    controller.transport ?? '?',
    endpoint(controller),
    controller.nqn ?? '-',
    ownerCell(controller, ownership),
  ])
  const victims = table([['Device', 'Transport', 'Address', 'NQN', 'Owner'], ...rows], context.io.terminal()?.columns)
  return confirm(context, victims, `Disconnect ${count(doomed.length, 'controller')}?`)
}

function showPlan(context: Context, { steps }: Plan): ExitCode {
  context.print(
    {
      version: 1,
      dryRun: true,
      controllers: steps.map(step => stepJson(step, step.action === 'skip' ? 'kept' : 'planned')),
    },
    orNothing(
      steps,
      steps.map(step => (step.action === 'skip' ? keptLine(step) : `would disconnect ${step.controller.name}`)),
    ),
  )
  return EXIT.ok
}

function showResults(context: Context, { steps }: Plan, results: readonly Result[]): ExitCode {
  for (const result of results) journalResult(context, result)
  const byStep = new Map(results.map(result => [result.step, result]))
  const lines = steps.map(step => {
    const result = byStep.get(step)
    return result === undefined ? keptLine(step) : resultLine(result)
  })
  const controllers = steps.map(step => {
    const result = byStep.get(step)
    return result === undefined ? stepJson(step, 'kept') : resultJson(result)
  })
  context.print({ version: 1, dryRun: false, controllers }, orNothing(steps, lines))
  noteFailures(context, results)
  return exitOf(results)
}

/** A report is never empty: silence would leave it open whether the host was looked at. */
function orNothing(steps: readonly Step[], lines: (string | undefined)[]): (string | undefined)[] {
  if (steps.length === 0) return ['nothing to disconnect: there are no NVMe controllers']
  return steps.some(step => step.action === 'disconnect') ? lines : [...lines, 'nothing to disconnect']
}
