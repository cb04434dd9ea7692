import { listControllers, openDeleteController, openDevice } from '@nvmf/controllers'
import { connect, connectPorts } from '@nvmf/fabrics-connect'
import { Registry } from '@nvmf/registry-core'
import type { VirtualHost } from '@nvmf/virtual-host'

/** Connects and removes a controller again and again with udev's queue stopped, and checks its entry every time. */
export async function recycle(host: VirtualHost, nqn: string, rounds: number): Promise<string> {
  const registry = new Registry({ root: host.root })
  const ports = connectPorts({ root: host.root })
  const numbers = new Set<string>()
  let kept = 0
  for (let round = 1; round <= rounds; round++) {
    host.udev.stopQueue()
    const { device } = await connect({ nqn, transport: 'tcp', traddr: '127.0.0.1' }, ports, { owner: `round-${round}` })
    numbers.add(device)
    // The removal of the round before is handled now, a controller too late.
    host.udev.startQueue()
    await host.udev.settle()
    const ownership = registry.ownerOf(device)
    if (ownership.state === 'owned' && ownership.owner === `round-${round}`) kept++
    host.udev.stopQueue()
    const handle = await openDeleteController(openDevice, host.root, device)
    await handle.delete()
    await handle.close()
  }
  host.udev.startQueue()
  await host.udev.settle()
  const left = registry
    .entries()
    .filter(({ device }) => !listControllers({ root: host.root }).some(({ name }) => name === device))
  if (kept !== rounds || left.length > 0)
    throw new Error(`${kept} of ${rounds} live entries kept, ${left.length} stale ones left`)
  return `${rounds} controllers, all of them ${[...numbers].join(', ')}: ${kept} live entries kept, ${left.length} stale ones left`
}
