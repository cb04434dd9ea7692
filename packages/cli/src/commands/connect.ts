import { type Connected, connect, connectPorts } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { withQuiet } from '../globals.ts'
import type { Act } from '../program.ts'
import { addConnectOptions, connectRequest } from './connect-options.ts'

interface Options {
  readonly owner?: string
  readonly requireOwner?: true
}

/** `nvmf connect`: makes one controller, and its owner's. */
export function addConnect(parent: Command, act: Act): void {
  const command = parent.command('connect').description('connect a controller and record who owns it')
  addConnectOptions(command)
  command
    .option('--owner <name>', 'record this orchestrator as the owner')
    .option('--require-owner', 'disconnect again if the owner cannot be recorded')
  act<Options>(withQuiet(command), async (context, { owner, requireOwner = false }) => {
    const request = connectRequest(command)
    const ctrlC = context.io.catchInterrupt(() => context.note('interrupted, waiting for the kernel'))
    const { interrupted } = ctrlC
    const options = { owner, requireOwner, interrupted }
    const made = await connect(request, connectPorts({ root: context.root }), options).finally(ctrlC.stop)
    const recorded = ownerOf(made, owner)
    const { nqn, transport, traddr, trsvcid } = request
    context.journal('connected', made.device, { nqn, transport, traddr, trsvcid, owner: recorded })
    show(context, made, recorded)
    return owner !== undefined && recorded !== owner ? EXIT.notRecorded : EXIT.ok
  })
}

/** Who owns the new controller now. */
function ownerOf({ ownership }: Connected, wanted: string | undefined): string | undefined {
  switch (ownership.outcome) {
    case 'published':
    case 'already-ours':
    case 'claimed':
      return wanted
    case 'owned':
    case 'unclear':
      return ownership.owner
    default:
      return undefined
  }
}

function show(
  context: Context,
  { device, cntlid, ownership, warnings, identity }: Connected,
  owner: string | undefined,
): void {
  const trouble = troubleWith(device, ownership)
  const all = trouble === undefined ? warnings : [...warnings, trouble]
  context.print(
    {
      device,
      cntlid: cntlid ?? null,
      owner: owner ?? null,
      ownership: ownership.outcome,
      hostIdentity: identity,
      warnings: all,
    },
    [`connected ${device}${owner === undefined ? '' : ` (owner ${owner})`}`],
  )
  if (context.verbose && identity === 'kernel')
    context.note("this host has no NQN of its own, the kernel's is used (see /etc/nvme/hostnqn)")
  for (const warning of all) context.note(`warning: ${warning}`)
}

function troubleWith(device: string, ownership: Connected['ownership']): string | undefined {
  switch (ownership.outcome) {
    case 'failed':
      return `${device} is connected, but the registry could not be written: ${ownership.error.message}`
    case 'owned':
      return `${device} is connected, but ${ownership.owner} claimed it first`
    case 'unclear':
      return `${device} has a registry entry that may be a dead predecessor's`
    default:
      return undefined
  }
}
