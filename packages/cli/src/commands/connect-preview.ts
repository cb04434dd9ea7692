import { connectPorts, previewConnect } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type ConnectingOptions, connectRequest } from './connect-options.ts'
import { isAsWanted, noteIdentity, theOwner } from './connect-report.ts'
import { withSecrets } from './connect-secrets.ts'

/** `nvmf connect --dry-run`: what the kernel would be told, and whose the controller would be. */
export async function preview(
  context: Context,
  command: Command,
  { loadModules, ...options }: ConnectingOptions,
): Promise<ExitCode> {
  const { request, warnings: remarks } = await withSecrets(connectRequest(command), context.io)
  for (const remark of remarks) context.note(`warning: ${remark}`)
  const found = await previewConnect(request, connectPorts({ root: context.root, loadModules }), options)
  const { existing, options: text, identity, warnings } = found
  const wanted = options.owner === '' ? undefined : options.owner
  const owner = existing === undefined ? wanted : theOwner(existing.ownership, options.owner)
  context.print(
    {
      dryRun: true,
      options: text,
      alreadyConnected: existing !== undefined,
      device: existing?.device ?? null,
      owner: owner ?? null,
      ownership: existing?.ownership.outcome ?? null,
      hostIdentity: identity,
      warnings: [...remarks, ...warnings],
    },
    [existing?.text ?? `would connect${owner === undefined ? '' : ` (owner ${owner})`}: ${text}`],
  )
  noteIdentity(context, identity)
  for (const warning of warnings) context.note(`warning: ${warning}`)
  return existing === undefined || isAsWanted(existing.ownership, options.owner) ? EXIT.ok : EXIT.notRecorded
}
