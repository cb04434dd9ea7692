import { readInventory } from '@nvmf/controllers'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import { listedJson, ownersUnknown } from '../output/controller.ts'
import { controllersTree, subsystemJson, subsystemTree } from '../output/subsystem.ts'
import type { Act } from '../program.ts'

/** `nvmf list-subsys`: every subsystem with the ways to it, and whose they are. */
export function addListSubsys(parent: Command, act: Act): void {
  const command = parent
    .command('list-subsys')
    .description('list subsystems, the controllers that lead to them and their owners; -v: namespaces too')
  act(command, context => {
    const { subsystems, controllers } = readInventory({ root: context.root })
    const found = controllers.map(controller => ({ controller, ownership: context.ownershipOf(controller) }))
    const grouped = subsystems.map(subsystem => ({
      subsystem,
      paths: found.filter(({ controller }) => subsystem.controllers.includes(controller)),
    }))
    const placed = new Set(grouped.flatMap(({ paths }) => paths))
    const unplaced = found.filter(each => !placed.has(each))
    const json = {
      version: 1,
      subsystems: grouped.map(({ subsystem, paths }) => subsystemJson(subsystem, paths)),
      controllersWithoutSubsystem: unplaced.map(listedJson),
    }
    const trees = grouped.map(({ subsystem, paths }) => subsystemTree(subsystem, paths, context.verbose))
    if (unplaced.length > 0) trees.push(controllersTree('(no subsystem)', unplaced))
    context.print(
      json,
      trees.flatMap((tree, index) => (index === 0 ? tree : ['', ...tree])),
    )
    if (trees.length === 0) context.note('no NVMe subsystems')
    for (const remark of ownersUnknown(found)) context.note(remark)
    return EXIT.ok
  })
}
