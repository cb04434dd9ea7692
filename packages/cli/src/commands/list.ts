import type { ControllerSummary } from '@nvmf/controllers'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { endpoint, listedJson, type Owned, ownerCell, ownersUnknown } from '../output/controller.ts'
import type { Act } from '../program.ts'

const HEADING = ['Device', 'Transport', 'Address', 'NQN', 'State', 'Owner']

/** `nvmf list`: every controller of the host, and whose it is. */
export function addList(parent: Command, act: Act): void {
  const command = parent.command('list').description('list controllers and their owners')
  act(command, context => {
    const owned = <C extends ControllerSummary>(controllers: readonly C[]): Owned<C>[] =>
      controllers.map(controller => ({ controller, ownership: context.ownershipOf(controller) }))
    if (context.json) {
      context.print({ controllers: owned(context.controllers()).map(listedJson) }, [])
      return EXIT.ok
    }
    const found = owned(context.controllerSummaries())
    const rows = found.map(({ controller, ownership }) => [
      controller.name,
      controller.transport ?? '?',
      endpoint(controller),
      controller.nqn ?? '-',
      controller.state ?? '?',
      ownerCell(controller, ownership),
    ])
    context.print({}, rows.length === 0 ? [] : context.table([HEADING, ...rows]))
    if (found.length === 0) context.note('no NVMe controllers')
    for (const remark of ownersUnknown(found)) context.note(remark)
    return EXIT.ok
  })
}
