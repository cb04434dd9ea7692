import type { Filter, Request } from '@nvmf/disconnect-policy'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import { WHERE, whereCells } from '../output/controller.ts'
import type { Act } from '../program.ts'
import { addCommonOptions, addFilterOptions, type CommonOptions, filterOf, jobsOf } from './disconnect-options.ts'
import { type Done, exitOf, noteFailures, reportJson, toldOf } from './disconnect-report.ts'
import { askFor, carryOut, decide, victimsOf } from './disconnect-run.ts'
import { ownerFilter } from './owner-filter.ts'

interface Options extends CommonOptions, Filter {
  readonly owner?: string
  readonly force?: true
}

const FILTERS = ['transport', 'nqn', 'traddr', 'hostnqn'] as const

/** `nvmf disconnect-all`: what nobody owns, unless told otherwise; says what it left, and why. */
export function addDisconnectAll(parent: Command, act: Act): void {
  const command = parent.command('disconnect-all').description('disconnect all controllers that nobody owns')
  addFilterOptions(command, FILTERS)
  command
    .option('--owner <name>', 'disconnect what this owner owns, and nothing else')
    .option('--force', 'disconnect all fabrics controllers, whoever owns or uses them')
  act<Options>(withQuiet(addCommonOptions(command)), async (context, options) => {
    const request = requestOf(options)
    const jobs = jobsOf(options)
    const decided = await decide(context, request)
    if (options.dryRun) return show(context, { plan: decided })
    const victims = victimsOf(decided)
    const asks = request.kind !== 'unowned' && !options.yes && victims.length > 0
    const asShown = asks && (await askFor(context, victims))
    return show(context, { plan: decided, results: await carryOut(context, decided, jobs, asShown) })
  })
}

function requestOf(options: Options): Request {
  const owner = ownerFilter(options.owner)
  if (options.force && owner !== undefined) throw usage('--force and --owner exclude each other')
  const filter = filterOf(options, FILTERS)
  if (options.force) return { kind: 'force', filter }
  return owner === undefined ? { kind: 'unowned', filter } : { kind: 'owner', owner, filter }
}

function show(context: Context, done: Done): ExitCode {
  const all = toldOf(done)
  const heading = ['Device', ...(context.verbose ? WHERE : []), 'Result', 'Why']
  const rows = all.map(({ step: { controller }, told }) => [
    controller.name,
    ...(context.verbose ? whereCells(controller) : []),
    told.result,
    told.why,
  ])
  const lines = all.length === 0 ? [] : context.table([heading, ...rows])
  // A report is never empty: silence would leave it open whether the host was looked at.
  if (all.length === 0) lines.push('nothing to disconnect: there are no NVMe controllers')
  else if (victimsOf(done.plan).length === 0) lines.push('nothing to disconnect')
  context.print(reportJson(done), lines)
  const { results } = done
  if (results === undefined) return EXIT.ok
  noteFailures(context, results)
  return exitOf(results)
}
