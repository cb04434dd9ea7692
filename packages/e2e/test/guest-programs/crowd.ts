import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { openDeleteController, openDevice } from '@nvmf/controllers'
import { connect, connectPorts } from '@nvmf/fabrics-connect'

/**
 * `node crowd.cjs COUNT STAY`: COUNT owned discovery controllers on loop, of which all but the first STAY are deleted at
 * once, each delete in the kernel beside the others. Prints one JSON object when udevd has nothing left to do; `cpu` is what
 * the removals took in milliseconds: udevd with all that it started, and journald.
 */
const NQN = 'nqn.2014-08.org.nvmexpress.discovery'
const [count = '500', stay = '0'] = process.argv.slice(2)
const udevadm = (...args: string[]): unknown => execFileSync('udevadm', args)

function cpuOf(unit: string): number {
  const stat = readFileSync(`/sys/fs/cgroup/system.slice/${unit}.service/cpu.stat`, 'utf8')
  return Math.round(Number(/^usage_usec (\d+)$/m.exec(stat)?.[1]) / 1000)
}
const cpu = () => ({ udevd: cpuOf('systemd-udevd'), journald: cpuOf('systemd-journald') })

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
  const before = cpu()
  const began = Date.now()
  await Promise.all(devices.slice(Number(stay)).map(disconnect))
  const deleted = Date.now() - began
  udevadm('settle', '--timeout=120')
  const settled = Date.now() - began
  const after = cpu()
  const left = readdirSync('/run/nvme/registry').toSorted()
  const used = { udevd: after.udevd - before.udevd, journald: after.journald - before.journald }
  const stayed = devices.slice(0, Number(stay))
  process.stdout.write(`${JSON.stringify({ stayed, left, deleted, settled, cpu: used })}\n`)
}

void main()
