import { generateIdentity, nodeFiles, randomUuid } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.ts'
import type { Act } from '../program.ts'

/** `nvmf gen-hostnqn`: a host NQN to be written down; the machine's, or a random one. Writes nothing itself. */
export function addGenHostnqn(parent: Command, act: Act): void {
  const command = parent.command('gen-hostnqn').description('print a host NQN for a host that has none')
  act(command, context => {
    const made = generateIdentity(nodeFiles(context.root), context.root, randomUuid)
    context.print(made, [made.hostnqn])
    if (context.verbose) context.note(made.from === 'machine' ? "of the machine's own UUID" : 'of a random UUID')
    return EXIT.ok
  })
}
