import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { endpoint, listedJson, ownerCell, ownersUnknown } from '../output/controller.ts'
import type { Act } from '../program.ts'

const HEADING = ['Device', 'Transport', 'Address', 'NQN', 'State', 'Owner']

/** `nvmf list`: every controller of the host, and whose it is. */
export function addList(parent: Command, act: Act): void {
  const command = parent.command('list').description('list controllers and their owners')
  act(command, context => {
    const found = context.controllers().map(controller => ({ controller, ownership: context.ownershipOf(controller) }))
    const rows = found.map(({ controller, ownership }) => [
      controller.name,
      controller.transport ?? '?',
      endpoint(controller),
      controller.nqn ?? '-',
      controller.state ?? '?',
      ownerCell(controller, ownership),
    ])
    const controllers = found.map(listedJson)
    context.print({ version: 1, controllers }, rows.length === 0 ? [] : context.table([HEADING, ...rows]))
    if (found.length === 0) context.note('no NVMe controllers')
    for (const remark of ownersUnknown(found)) context.note(remark)
    return EXIT.ok
  })
}
