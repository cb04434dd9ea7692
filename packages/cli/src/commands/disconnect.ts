import { instanceOf } from '@nvmf/controllers'
import type { Filter, Plan, Request } from '@nvmf/disconnect-policy'
import { parseDevice } from '@nvmf/registry-core'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Failure, usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'
import {
  addCommonOptions,
  addFilterOptions,
  type CommonOptions,
  checkValue,
  filterOf,
  jobsOf,
} from './disconnect-options.ts'
import { type Done, exitOf, noteFailures, reportJson, toldOf } from './disconnect-report.ts'
import { askFor, carryOut, decide, victimsOf } from './disconnect-run.ts'

interface Options extends CommonOptions, Omit<Filter, 'nqn'> {
  readonly device?: readonly string[]
  readonly nqn?: readonly string[]
}

const SELECTORS = ['transport', 'traddr', 'trsvcid', 'hostTraddr', 'hostIface', 'hostnqn', 'hostid'] as const

/** `nvmf disconnect`: exactly the controllers that are named, whoever owns them. */
export function addDisconnect(parent: Command, act: Act): void {
  const command = parent
    .command('disconnect')
    .description('disconnect the controllers that are named, whoever owns them')
    .argument('[device...]', 'controllers: nvme3 or /dev/nvme3')
    .option('-d, --device <device>', 'a controller, or several with commas between (may be repeated)', collect)
    .option(
      '-n, --nqn <nqn>',
      'all controllers of a subsystem, or of several with commas between (may be repeated)',
      collect,
    )
  addFilterOptions(command, SELECTORS)
  act<Options>(withQuiet(addCommonOptions(command)), async (context, options, args) => {
    const request = requestOf(options, args)
    const jobs = jobsOf(options)
    const decided = await decide(context, request)
    const missing = missingFrom(decided, request)
    if (options.dryRun) return show(context, { plan: decided, missing })
    const victims = victimsOf(decided)
    // Naming it is enough, but for one thing: who loses a mounted disk to a typing error wants to be asked.
    const asks = !options.yes && victims.some(({ uses }) => uses.length > 0)
    const asShown = asks && (await askFor(context, victims))
    return show(context, { plan: decided, results: await carryOut(context, decided, jobs, asShown), missing })
  })
}

type Named = Extract<Request, { kind: 'named' }>

function requestOf(options: Options, args: readonly string[]): Named {
  const { device = [], nqn = [], ...rest } = options
  const devices = once([...args, ...device.flatMap(list => list.split(','))].map(parseDevice))
  const nqns = once(nqn.flatMap(list => list.split(',')))
  for (const each of nqns) checkValue('--nqn', each)
  const filter = filterOf(rest, SELECTORS)
  const [selector] = Object.keys(filter)
  if (devices.length > 0 && nqns.length > 0) throw usage('name controllers or subsystems, not both')
  if (devices.length > 0 && selector !== undefined) throw usage('a controller that is named cannot be selected further')
  if (devices.length === 0 && nqns.length === 0) {
    throw usage(selector === undefined ? 'name a controller, or a subsystem with --nqn' : 'select with --nqn first')
  }
  return { kind: 'named', devices, nqns, filter }
}

/** @throws Failure if nothing that was named is there, or something local was named: then nothing is touched */
function missingFrom({ steps }: Plan, request: Named): string[] {
  for (const { controller, reason } of steps) {
    if (reason !== 'not-fabrics') continue
    const kind = controller.transport ?? 'its transport cannot be read'
    throw new Failure(EXIT.failure, 'not-fabrics', `${controller.name} is not a fabrics controller (${kind})`, {
      device: controller.name,
    })
  }
  const { devices, nqns } = request
  const found = steps.map(step => step.controller)
  const missing = [
    ...devices.filter(device => !found.some(controller => controller.name === device)),
    ...nqns.filter(nqn => !found.some(controller => controller.nqn === nqn)),
  ]
  const none = missing.map(name => absent(name, request)).join(', ')
  if (found.length === 0) throw new Failure(EXIT.notFound, 'no-controller', none)
  return missing
}

function show(context: Context, done: Done): ExitCode {
  const { results, missing = [] } = done
  const lines = toldOf(done).map(({ step, result, told }) => {
    const { name } = step.controller
    // What failed is said on standard error.
    if (result?.outcome === 'failed') return undefined
    const plain = told.result === 'disconnected' || told.result === 'would disconnect'
    return plain && !context.verbose ? `${told.result} ${name}` : `${told.result} ${name}: ${told.why}`
  })
  context.print(reportJson(done), lines)
  for (const name of missing) context.note(absent(name, done.plan.request))
  noteFailures(context, results ?? [])
  const exit = exitOf(results ?? [])
  if (exit !== EXIT.ok) return exit
  // Agreed to as it was, and left because it is not that any more.
  const changed = (results ?? []).filter(({ outcome }) => outcome === 'changed').length
  if (changed > 0 && changed === results?.length && missing.length === 0) return EXIT.declined
  return changed > 0 || missing.length > 0 ? EXIT.partial : EXIT.ok
}

/** Only one kind was named, and a device's name has passed the check by now. */
function absent(name: string, { filter = {} }: Request): string {
  if (instanceOf(name) !== undefined) return `there is no controller ${name}`
  return Object.keys(filter).length === 0
    ? `there is no controller of ${name}`
    : `there is no controller of ${name} that the other options select`
}

const once = (names: readonly string[]): string[] => [...new Set(names)]

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]
