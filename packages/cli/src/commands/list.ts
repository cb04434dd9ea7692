import type { Controller, ControllerSummary } from '@nvmf/controllers'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { listedJson, type Owned, ownerCell, ownersUnknown, WHERE, whereCells } from '../output/controller.ts'
import type { Act } from '../program.ts'

const HEADING = ['Device', ...WHERE, 'State', 'Owner']

const DETAILS = ['Subsystem', 'ID', 'Type', 'Incarnation', 'Host NQN'] as const

/** What -v adds, and what -vv does. */
function details(controller: Controller, verbosity: number): string[] {
  const { subsystem = '-', cntlid, cntrltype = '?', incarnation, hostnqn = '-' } = controller
  return [subsystem, String(cntlid ?? '?'), cntrltype, ...(verbosity > 1 ? [incarnation, hostnqn] : [])]
}

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
    // Telling more takes twice the reading.
    const detailed = context.verbose ? owned(context.controllers()) : undefined
    const found = detailed ?? owned(context.controllerSummaries())
    const more = (detailed ?? []).map(({ controller }) => details(controller, context.verbosity))
    const rows = found.map(({ controller, ownership }, i) => [
      controller.name,
      ...whereCells(controller),
      controller.state ?? '?',
      ownerCell(controller, ownership),
      ...(more[i] ?? []),
    ])
    const heading = [...HEADING, ...DETAILS.slice(0, more[0]?.length ?? 0)]
    context.print({}, rows.length === 0 ? [] : context.table([heading, ...rows]))
    if (found.length === 0) context.note('no NVMe controllers')
    for (const remark of ownersUnknown(found)) context.note(remark)
    return EXIT.ok
  })
}
