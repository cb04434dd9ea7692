import { readdirSync, writeFileSync } from 'node:fs'
import { type ConnectPorts, connect, connectPorts, FabricsError } from '@nvmf/fabrics-connect'
import { Registry } from '@nvmf/registry-core'

/**
 * What cannot be timed from outside, done from inside the connect: `node connect-races.cjs NQN`. Prints one JSON object.
 * The ports are the real ones; a step of somebody else is put in front of one of our calls.
 */
const [nqn = ''] = process.argv.slice(2)
const ports = connectPorts()
const registry = new Registry()
const TCP = { transport: 'tcp', traddr: '127.0.0.1', trsvcid: '4420', nqn }

const kill = (device: string): void => writeFileSync(`/sys/class/nvme/${device}/delete_controller`, '1')
const killAll = (): void => readdirSync('/sys/class/nvme').forEach(kill)
const left = (): object => ({ controllers: readdirSync('/sys/class/nvme'), entries: registry.entries() })
const withRegistry = (changed: Partial<ConnectPorts['registry']>): ConnectPorts => ({
  ...ports,
  registry: {
    publish: (...args) => registry.publish(...args),
    reap: (...args) => registry.reap(...args),
    ownerOf: (...args) => registry.ownerOf(...args),
    claim: (...args) => registry.claim(...args),
    release: (...args) => registry.release(...args),
    ...changed,
  },
})
const outcomeOf = (run: Promise<unknown>): Promise<unknown> =>
  run.catch((error: unknown) => {
    if (!(error instanceof FabricsError)) throw error
    return { code: error.code, device: error.device, owner: error.owner }
  })

/** P2: the controller dies between the kernel's reply and the publishing of its entry. */
async function diesBeforePublishing(): Promise<object> {
  const dying = withRegistry({
    publish(device, owner) {
      kill(device)
      return registry.publish(device, owner)
    },
  })
  const result = await outcomeOf(connect(TCP, dying, { owner: 'stas' }))
  const after = left()
  // The next tenant of the number is nobody's.
  const { device } = await connect(TCP, ports)
  const next = registry.ownerOf(device)
  killAll()
  return { result, after, next }
}

/** The same, the other way round: without an owner, and the number is another's by then. */
async function recycledWhileClaiming(): Promise<object> {
  const { device } = await connect(TCP, ports)
  const recycling = withRegistry({
    claim(name, owner, options) {
      kill(name)
      return registry.claim(name, owner, options)
    },
  })
  // What we saw is gone when we claim it, so it is connected anew and published.
  const result = await connect(TCP, recycling, { owner: 'stas', idempotent: true })
  const owner = registry.ownerOf(result.device)
  killAll()
  return { device, result: { ...result, warnings: [] }, owner }
}

/** Nine callers at once, for one target: one connects, the others find it, and nobody blocks the event loop. */
async function crowd(): Promise<object> {
  let ticks = 0
  const ticking = setInterval(() => ticks++, 1)
  const all = await Promise.all(
    Array.from({ length: 9 }, (_, nth) => outcomeOf(connect(TCP, ports, { owner: `owner-${nth}`, idempotent: true }))),
  )
  clearInterval(ticking)
  const entries = registry.entries().map(({ device, owner }) => ({ device, owner }))
  killAll()
  return { outcomes: all.map(each => (each as { code?: string }).code ?? 'connected'), entries, ticked: ticks > 0 }
}

/** A target that swallows everything: four and more of them at once leave the file system usable, and can be given up. */
async function swallowed(): Promise<object> {
  const nowhere = { ...TCP, traddr: '192.0.2.1' }
  const abort = new AbortController()
  const waiting = Array.from({ length: 6 }, () =>
    connect(nowhere, ports, { signal: abort.signal }).then(
      () => undefined,
      (error: unknown) => error as FabricsError,
    ),
  )
  const late = await connect(nowhere, ports, { timeoutMs: 300 }).catch((error: unknown) => error as FabricsError)
  const { promises } = await import('node:fs')
  const read = (await promises.readFile('/proc/version', 'utf8')).startsWith('Linux')
  abort.abort()
  const errors = await Promise.all(waiting)
  const entries = registry.entries().filter(({ state }) => state !== 'stale')
  const after = { ...left(), entries }
  return {
    late: (late as FabricsError).code,
    codes: errors.map(error => error?.code),
    goOn: errors.filter(error => error?.aftermath !== undefined).length,
    read,
    after,
  }
}

async function main(): Promise<void> {
  const p2 = await diesBeforePublishing()
  const recycled = await recycledWhileClaiming()
  const many = await crowd()
  process.stdout.write(JSON.stringify({ p2, recycled, many, hanging: await swallowed() }))
  // The kernel still waits for the target that does not answer; the firewall lets it go when we are gone.
  process.kill(process.pid, 'SIGKILL')
}

void main()
