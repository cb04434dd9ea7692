import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { openDeleteController, openDevice } from '@nvmf/controllers'
import { connect, connectPorts } from '@nvmf/fabrics-connect'

/**
 * `node crowd.cjs COUNT STAY`: COUNT owned discovery controllers on loop, of which all but the first STAY are deleted at
 * once, each delete in the kernel beside the others. Prints one JSON object when udevd has nothing left to do.
 */
const NQN = 'nqn.2014-08.org.nvmexpress.discovery'
const [count = '500', stay = '0'] = process.argv.slice(2)
const udevadm = (...args: string[]): unknown => execFileSync('udevadm', args)

async function disconnect(device: string): Promise<void> {
  const handle = await openDeleteController(openDevice, '/', device)
  await handle.delete().finally(handle.close)
}

async function main(): Promise<void> {
  const ports = connectPorts()
  const devices: string[] = []
  for (let nth = 0; nth < Number(count); nth++) {
    const { device, ownership } = await connect({ nqn: NQN, transport: 'loop', duplicateConnect: true }, ports, {
      owner: `crowd-${nth}`,
    })
    if (ownership.outcome !== 'published') throw new Error(`${device}: ${ownership.outcome}`)
    devices.push(device)
  }
  udevadm('settle', '--timeout=120')
  const began = Date.now()
  await Promise.all(devices.slice(Number(stay)).map(disconnect))
  const deleted = Date.now() - began
  udevadm('settle', '--timeout=120')
  const settled = Date.now() - began
  const left = readdirSync('/run/nvme/registry').toSorted()
  process.stdout.write(`${JSON.stringify({ stayed: devices.slice(0, Number(stay)), left, deleted, settled })}\n`)
}

void main()
