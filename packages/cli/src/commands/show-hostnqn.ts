import { hostIdentity, nodeFiles } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import { GIVE_IDENTITY } from '../doctor/names.ts'
import { EXIT } from '../exit-codes.ts'
import { Failure } from '../failure.ts'
import type { Act } from '../program.ts'

/** `nvmf show-hostnqn`: the host NQN that connect uses. */
export function addShowHostnqn(parent: Command, act: Act): void {
  const command = parent.command('show-hostnqn').description('print the host NQN that connect uses')
  act(command, context => {
    const identity = hostIdentity(nodeFiles, context.root)
    if (identity === undefined) {
      const hint = `${GIVE_IDENTITY} gives it one`
      const why = "this host has no NQN of its own; connect uses the kernel's, which is another one after each boot"
      throw new Failure(EXIT.failure, 'no-host-identity', why, { hint })
    }
    const { hostnqn, hostid, from, mismatch } = identity
    context.print({ hostnqn, hostid, from, mismatch }, [hostnqn])
    if (mismatch) context.note(`warning: the hostid is ${hostid}: a target may take this host for two`)
    return EXIT.ok
  })
}
