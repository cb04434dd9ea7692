import { type HostIdentity, hostIdentity, nodeFiles } from '@nvmf/fabrics-connect'
import type { Command } from 'commander'
import { GIVE_IDENTITY } from '../doctor/names.ts'
import { EXIT } from '../exit-codes.ts'
import { Failure } from '../failure.ts'
import type { Act } from '../program.ts'

/** `nvmf show-hostnqn`: the host NQN that connect uses. */
export function addShowHostnqn(parent: Command, act: Act): void {
  const command = parent.command('show-hostnqn').description('print the host NQN that connect uses')
  act(command, context => {
    const identity = hostIdentity(nodeFiles(context.root), context.root)
    if (identity === undefined) {
      const hint = `${GIVE_IDENTITY} gives it one`
      const why = "this host has no NQN of its own; connect uses the kernel's, which is another one after each boot"
      throw new Failure(EXIT.failure, 'no-host-identity', why, { hint })
    }
    const { hostnqn, hostid, from, mismatch } = identity
    context.print({ hostnqn, hostid, from, mismatch }, [hostnqn])
    if (context.verbose) context.note(`${NQN_FROM[from.hostnqn]}; the hostid, ${ID_FROM[from.hostid]}, is ${hostid}`)
    if (mismatch) context.note(`warning: the hostid is ${hostid}: a target may take this host for two`)
    return EXIT.ok
  })
}

type From = HostIdentity['from']

const NQN_FROM: Readonly<Record<From['hostnqn'], string>> = {
  given: 'as given',
  file: 'from /etc/nvme/hostnqn',
  hostnqn: 'from /etc/nvme/hostnqn',
  hostid: 'made of the hostid',
  machine: "made of the machine's own UUID",
}

const ID_FROM: Readonly<Record<From['hostid'], string>> = {
  given: 'as given',
  file: 'from /etc/nvme/hostid',
  hostnqn: 'the UUID in that NQN',
  hostid: 'from /etc/nvme/hostid',
  machine: "the machine's own UUID",
}
