import { instanceOf, openDevice } from '@nvmf/controllers'
import { execute, executePorts, plan, type Result } from '@nvmf/disconnect-policy'
import { parseDevice } from '@nvmf/registry-core'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Failure, usage } from '../failure.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'
import { exitOf, journalResult, noteFailures, resultJson, resultLine } from './disconnect-report.ts'

interface Options {
  readonly device: string[]
  readonly nqn: string[]
}

/** `nvmf disconnect`: exactly the controllers that are named, whoever owns them. */
export function addDisconnect(parent: Command, act: Act): void {
  const command = parent
    .command('disconnect')
    .description('disconnect the controllers that are named, whoever owns them')
    .argument('[device...]', 'controllers: nvme3 or /dev/nvme3')
    .option('-d, --device <device>', 'a controller, or several with commas between (may be repeated)', collect, [])
    .option('-n, --nqn <nqn>', 'all controllers of this subsystem (may be repeated)', collect, [])
  act<Options>(withQuiet(command), async (context, options, args) => {
    const devices = [...args, ...options.device.flatMap(list => list.split(','))].map(parseDevice)
    const nqns = options.nqn.map(checkNqn)
    if (devices.length === 0 && nqns.length === 0) throw usage('name a controller, or a subsystem with --nqn')
    if (devices.length > 0 && nqns.length > 0) throw usage('name controllers or subsystems, not both')
    const decided = plan(context.controllers(), context.ownershipOf, { kind: 'named', devices, nqns })
    for (const { controller, reason } of decided.steps) {
      if (reason !== 'not-fabrics') continue
      const kind = controller.transport ?? 'its transport cannot be read'
      throw new Failure(EXIT.failure, 'not-fabrics', `${controller.name} is not a fabrics controller (${kind})`, {
        device: controller.name,
      })
    }
    const found = decided.steps.map(step => step.controller)
    const missing = [
      ...devices.filter(device => !found.some(controller => controller.name === device)),
      ...nqns.filter(nqn => !found.some(controller => controller.nqn === nqn)),
    ]
    if (found.length === 0) throw notFound(missing)
    const { root, registry } = context
    const results = await execute(decided, executePorts({ root, openDevice, registry }))
    return show(context, results, missing)
  })
}

function show(context: Context, results: readonly Result[], missing: readonly string[]): ExitCode {
  for (const result of results) journalResult(context, result)
  context.print(
    { version: 1, controllers: results.map(result => resultJson(result)), notFound: missing },
    results.map(result => resultLine(result)),
  )
  for (const name of missing) context.note(absent(name))
  noteFailures(context, results)
  const exit = exitOf(results)
  return exit === EXIT.ok && missing.length > 0 ? EXIT.partial : exit
}

const absent = (name: string): string =>
  isNqn(name) ? `there is no controller of ${name}` : `there is no controller ${name}`

const notFound = (names: readonly string[]): Failure =>
  new Failure(EXIT.notFound, 'no-controller', names.map(absent).join(', '))

/** Only one kind was named, and a device's name has passed the check by now. */
const isNqn = (name: string): boolean => instanceOf(name) === undefined

function checkNqn(nqn: string): string {
  if (nqn === '' || /[,\p{Cc}]/u.test(nqn)) throw usage('--nqn: must be one NQN, without comma or control characters')
  return nqn
}

const collect = (value: string, before: string[]): string[] => [...before, value]
