import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { incarnationOf, openDeleteController, openDevice } from '@nvmf/controllers'
import { connect, connectPorts } from '@nvmf/fabrics-connect'
import { Registry } from '@nvmf/registry-core'

/**
 * The recycling story, in one process because a fresh node for each step would take a minute a round here:
 * `node recycle.cjs NQN ROUNDS BATCH`. udevd's queue stands still for BATCH rounds at a time, so their remove events arrive
 * when the number has long been somebody else's. Prints one JSON object.
 */
const [nqn = '', rounds = '200', batch = '10'] = process.argv.slice(2)
const registry = new Registry()
const ports = connectPorts()
const udevadm = (...args: string[]): unknown => execFileSync('udevadm', args)
const wrong: string[] = []
let recycled = 0
let last = ''

async function disconnect(device: string): Promise<void> {
  const handle = await openDeleteController(openDevice, '/', device)
  try {
    await handle.delete()
  } finally {
    await handle.close()
  }
}

async function round(number: number): Promise<void> {
  const owner = `round-${number}`
  const { device, ownership } = await connect({ nqn, transport: 'loop' }, ports, { owner })
  if (device === last) recycled++
  last = device
  if (ownership.outcome !== 'published') wrong.push(`${number}: ${device} ${ownership.outcome}`)
  check(number, device, owner, 'after connecting')
}

function check(number: number, device: string, owner: string, when: string): void {
  const entry = registry.entry(device)
  if (entry?.owner !== owner || entry.state !== 'live' || entry.incarnation !== incarnationOf(device)) {
    wrong.push(`${number} ${when}: ${device} has ${JSON.stringify(entry)}`)
  }
}

async function main(): Promise<void> {
  for (let number = 1; number <= Number(rounds); number++) {
    if (number % Number(batch) === 1) udevadm('control', '--stop-exec-queue')
    await round(number)
    if (number % Number(batch) === 0) {
      udevadm('control', '--start-exec-queue')
      udevadm('settle')
      check(number, last, `round-${number}`, 'after the late events')
    }
    await disconnect(last)
  }
  udevadm('control', '--start-exec-queue')
  udevadm('settle')
  process.stdout.write(
    `${JSON.stringify({ rounds: Number(rounds), recycled, wrong, left: readdirSync('/run/nvme/registry') })}\n`,
  )
}

void main()
