import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RegistryError } from '../../src/errors.ts'
import { stagingOf } from '../../src/layout.ts'
import { nodeSys } from '../../src/node/sys.ts'
import { Registry } from '../../src/registry.ts'
import { type Answer, DEVICES, type Question, type Role } from './messages.ts'

/** What a role has: its name, the host, and the kernel to talk to. */
export interface Job {
  readonly name: string
  readonly root: string
  stopped(): boolean
  ask(question: Question): Promise<Answer>
  violation(text: string): void
  count(what: string): void
}

/** Lets messages in. */
const breath = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const anyOf = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T
const registryOf = ({ root }: Job): Registry => new Registry(nodeSys(), root)

async function publisher(job: Job): Promise<void> {
  const registry = registryOf(job)
  for (;;) {
    const made = await job.ask({ ask: 'connect' })
    if (made === null) return
    const { outcome } = registry.publish(made.device, job.name)
    job.count(outcome)
    await job.ask({ ask: 'unpin', owned: outcome !== 'gone' })
  }
}

/** What a claimer does with a controller that it holds; true: it must read as owned now. */
const DEEDS: Readonly<Record<string, (registry: Registry, device: string, job: Job) => boolean | Promise<boolean>>> = {
  claim: (registry, device, { name }) => registry.claim(device, name).outcome !== undefined,
  steal: (registry, device, { name }) => registry.claim(device, name, { steal: true }).outcome !== undefined,
  update: (registry, device, { name }) => {
    registry.update(device, 'note', name)
    return false
  },
  remove: (registry, device) => registry.remove(device, 'note') && false,
  release: (registry, device, job) => disowning(job, device, () => registry.release(device)),
  delete: (registry, device, job) => disowning(job, device, () => registry.delete(device)),
}

async function disowning(job: Job, device: string, act: () => unknown): Promise<boolean> {
  await job.ask({ ask: 'disowning', device })
  try {
    act()
  } finally {
    await job.ask({ ask: 'disowned', device })
  }
  return false
}

/** What a race may answer a claimer. */
const LOST = ['owned', 'no-controller', 'busy']

async function claimer(job: Job): Promise<void> {
  const registry = registryOf(job)
  const deeds = Object.keys(DEEDS)
  while (!job.stopped()) {
    const held = await job.ask({ ask: 'pin', device: anyOf(DEVICES) })
    if (held === null) continue
    const deed = anyOf(deeds)
    let owned = false
    try {
      owned = (await DEEDS[deed]?.(registry, held.device, job)) ?? false
      job.count(deed)
    } catch (error) {
      if (!(error instanceof RegistryError) || !LOST.includes(error.code)) throw error
      job.count(error.code)
    }
    await job.ask({ ask: 'unpin', owned })
  }
}

async function reaper(job: Job): Promise<void> {
  const registry = registryOf(job)
  for (;;) {
    const event = await job.ask({ ask: 'event' })
    if (event === null) return
    job.count(`reap: ${registry.reap(event.device, event.seqnum).outcome}`)
    await job.ask({ ask: 'handled' })
  }
}

/** I4 and I1, between two looks at the truth: if it is the same, it held all the while. */
async function reader(job: Job): Promise<void> {
  const registry = registryOf(job)
  for (; !job.stopped(); await breath()) {
    for (const device of DEVICES) {
      const before = truth(job, device)
      const ownership = registry.ownerOf(device)
      const entry = registry.entry(device)
      const held = before !== undefined && truth(job, device) === before
      job.count(held ? 'compared' : 'read')
      if (ownership.state === 'unknown') job.count('unknown')
      if (held && ownership.state === 'unowned')
        job.violation(`${device} lives and is owned, and reads as ${JSON.stringify(ownership)}`)
      if (held && (entry?.state === 'stale' || entry?.owner === undefined) && entry?.state !== 'damaged')
        job.violation(`${device} lives and is owned, and its entry is ${JSON.stringify(entry)}`)
      if (entry !== undefined && Object.keys(entry.damagedAttributes).length > 0)
        job.violation(`${device}'s entry is seen half written: ${JSON.stringify(entry)}`)
    }
  }
}

function truth({ root }: Job, device: string): string | undefined {
  try {
    return readFileSync(join(root, 'truth', device), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Every writer of the hammer lives: a sweep may only take what is for a controller that is gone. */
function isAtWork({ root }: Job, name: string): boolean {
  const staging = stagingOf(name)
  if (staging === undefined) return true
  try {
    return String(statSync(join(root, 'sys/class/nvme', staging.device), { bigint: true }).ino) === staging.incarnation
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function sweeper(job: Job): Promise<void> {
  const registry = registryOf(job)
  for (; !job.stopped(); await breath()) {
    const { removed, leftovers } = registry.sweep()
    job.count('sweep')
    for (const _ of removed) job.count('swept')
    const wrong = leftovers.filter(name => isAtWork(job, name))
    if (wrong.length > 0) job.violation(`swept what a live writer is at: ${wrong.join(' ')}`)
    registry.entries()
  }
}

export const roles: Readonly<Record<Role, (job: Job) => Promise<void>>> = {
  publisher,
  claimer,
  reaper,
  reader,
  sweeper,
}
