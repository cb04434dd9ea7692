import { connect, connectPorts } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import { tell } from '../journal/tell.ts'
import type { Act } from '../program.ts'
import { failedConnect } from './connect-failed.ts'
import { addConnectOptions, type ConnectingOptions, connectRequest } from './connect-options.ts'
import { preview } from './connect-preview.ts'
import { isAsWanted, journalSettled, show, theOwner } from './connect-report.ts'
import { withSecrets } from './connect-secrets.ts'

interface Options extends ConnectingOptions {
  readonly dryRun?: true
}

/** `nvmf connect`: makes one controller, and its owner's. */
export function addConnect(parent: Command, act: Act): void {
  const command = parent.command('connect').description('connect a controller and record who owns it')
  addConnectOptions(command)
  command
    .option('--owner <name>', "record this orchestrator as the owner; '' gives up what is connected already")
    .option('--steal', 'take a controller that is connected already from its owner')
    .option('--require-owner', 'disconnect again if the owner cannot be recorded')
    .option('--idempotent', 'succeed if it is connected already')
    .option('--no-load-modules', 'do not load nvme-fabrics and the transport if they are missing')
    .option('--dry-run', 'only say what would be done')
  act<Options>(withQuiet(command), (context, { dryRun, ...options }) =>
    dryRun ? preview(context, command, options) : run(context, command, options),
  )
}

async function run(
  context: Context,
  command: Command,
  { loadModules, ...options }: ConnectingOptions,
): Promise<ExitCode> {
  const { request, warnings } = await withSecrets(connectRequest(command), context.io)
  const abort = new AbortController()
  const ctrlC = context.io.catchInterrupt(() => {
    context.note('interrupted, waiting for the kernel')
    abort.abort()
  })
  const ports = connectPorts({ root: context.root, loadModules })
  let told: string | undefined
  const asking = (text: string): void => {
    told = text
    // Before the kernel answers, which takes seconds or fails.
    if (context.verbose) context.note(`asking the kernel: ${text}`)
  }
  const { nqn, transport, traddr, trsvcid } = request
  const target = { nqn, transport, traddr, trsvcid }
  try {
    const made = await connect(request, ports, { ...options, asking, signal: abort.signal })
    const owner = theOwner(made.ownership, options.owner)
    if (made.alreadyConnected) journalSettled(context, made.device, made.ownership, options.owner)
    else tell(context, 'connected', made.device, { ...target, owner })
    show(context, { ...made, warnings: [...warnings, ...made.warnings] }, owner, told)
    return isAsWanted(made.ownership, options.owner) ? EXIT.ok : EXIT.notRecorded
  } catch (error) {
    for (const warning of warnings) context.note(`warning: ${warning}`)
    throw await failedConnect(context, error, { target, owner: options.owner })
  } finally {
    ctrlC.stop()
  }
}
