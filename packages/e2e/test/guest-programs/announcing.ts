import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync, writeSync } from 'node:fs'
import { listControllers, openDevice } from '@nvmf/controllers'
import { execute, executePorts, plan, readHost } from '@nvmf/disconnect-policy'
import { connect, connectPorts } from '@nvmf/fabrics-connect'
import { Announcements, Registry } from '@nvmf/registry-core'

/**
 * Processes that announce what they do, on a real kernel. Prints one JSON object.
 *
 *     announcing.cjs side-by-side NQN ROUNDS  two owners disconnect their path to one disk at once, again and again
 *     announcing.cjs connecting ADDRESS NQN   the same as look, while it connects by tcp for an owner; ends by SIGKILL
 *     announcing.cjs written ADDRESS NQN      the same, and it only writes to /dev/nvme-fabrics, as other programs do
 *     announcing.cjs disconnect               disconnects what is unowned
 *     announcing.cjs look                     what processes that live have announced, and what disconnect-all would do
 */
const [command = '', ...words] = process.argv.slice(2)
const root = '/'
const registry = new Registry()

/** Disconnects what an owner owns each time it is told to, and says how many went. */
function worker(owner: string): void {
  process.on('message', async () => {
    const decided = plan(await readHost({ root, registry }), { kind: 'owner', owner })
    const results = await execute(decided, executePorts({ root, openDevice, registry }))
    process.send?.(results.filter(({ outcome }) => outcome === 'disconnected').length)
  })
  process.send?.('ready')
}

async function sideBySide(nqn: string, rounds: number): Promise<object> {
  const owners = ['a', 'b']
  const workers = await Promise.all(
    owners.map(async owner => {
      const child = fork(__filename, ['worker', owner])
      await once(child, 'message')
      return child
    }),
  )
  for (const owner of owners) await ensurePath(nqn, owner)
  // What mounted the disk: from now on there are two paths.
  for (const { name, incarnation } of listControllers())
    if (registry.ownerOf(name, incarnation).state === 'unowned')
      writeFileSync(`/sys/class/nvme/${name}/delete_controller`, '1')
  const counts = { rounds: 0, lost: 0, oneWent: 0, bothKept: 0 }
  while (counts.rounds < rounds && counts.lost === 0) {
    for (const owner of owners) await ensurePath(nqn, owner)
    const went = await both(workers, counts.rounds)
    counts.rounds++
    if (listControllers().every(({ state }) => state !== 'live')) counts.lost++
    else if (went === 1) counts.oneWent++
    else if (went === 0) counts.bothKept++
  }
  for (const child of workers) child.disconnect()
  return counts
}

async function ensurePath(nqn: string, owner: string): Promise<void> {
  if (listControllers().some(({ name, incarnation }) => isOwnedBy(name, incarnation, owner))) return
  const tcp = { transport: 'tcp', traddr: '127.0.0.1', trsvcid: '4420', nqn, duplicateConnect: true } as const
  await connect(tcp, connectPorts(), { owner, requireOwner: true })
}

function isOwnedBy(device: string, incarnation: string, owner: string): boolean {
  const ownership = registry.ownerOf(device, incarnation)
  return ownership.state === 'owned' && ownership.owner === owner
}

/** Tells both to go, one of them a few turns of the event loop later: another few in each round. */
async function both(workers: readonly ChildProcess[], round: number): Promise<number> {
  const [first, second] = round % 2 === 0 ? workers : workers.toReversed()
  const ended = workers.map(async child => Number((await once(child, 'message'))[0]))
  first?.send('go')
  for (let turn = 0; turn < (round * 7) % 40; turn++) await new Promise(resolve => setImmediate(resolve))
  second?.send('go')
  return (await Promise.all(ended)).reduce((sum, went) => sum + went, 0)
}

async function disconnect(): Promise<object> {
  const decided = plan(await readHost({ root, registry }), { kind: 'unowned' })
  return execute(decided, executePorts({ root, openDevice, registry }))
}

async function look(): Promise<object> {
  const announcements = new Announcements()
  await announcements.probe()
  const { connecting, leaving } = announcements.announced()
  const { steps } = plan(await readHost({ root, registry }), { kind: 'unowned' })
  return {
    connecting,
    leaving: leaving.map(devices => [...(devices?.keys() ?? [])]),
    plan: steps.map(({ controller, action, reason }) => {
      const { name, state, cntlid, cntrltype, nqn, subsystem } = controller
      return { name, action, reason, state, cntlid, cntrltype, nqn, subsystem }
    }),
  }
}

/** Looks as soon as a connect has made its controller, and ends before the target has answered. */
async function lookDuring(connecting: Promise<unknown>): Promise<never> {
  connecting.catch(() => {})
  while (listControllers().length === 0) await new Promise(resolve => setImmediate(resolve))
  writeSync(1, JSON.stringify(await look()))
  process.kill(process.pid, 'SIGKILL')
  throw new Error('killed')
}

async function write(traddr: string, nqn: string): Promise<void> {
  const device = await openDevice('/dev/nvme-fabrics', 'r+')
  await device.write(`nqn=${nqn},transport=tcp,traddr=${traddr},trsvcid=4420`)
}

async function main(): Promise<void> {
  if (command === 'worker') return worker(words[0] ?? '')
  const [first = '', second = ''] = words
  const commands: Readonly<Record<string, () => Promise<object>>> = {
    'side-by-side': () => sideBySide(first, Number(second)),
    connecting: () =>
      lookDuring(connect({ transport: 'tcp', traddr: first, nqn: second }, connectPorts(), { owner: 'stas' })),
    written: () => lookDuring(write(first, second)),
    disconnect,
    look,
  }
  process.stdout.write(`${JSON.stringify(await commands[command]?.())}\n`)
}

void main()
