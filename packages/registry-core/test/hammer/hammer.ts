import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { HammerKernel } from './kernel.ts'
import type { Role, ToKernel, ToWorker } from './messages.ts'

const CREW: readonly (readonly [Role, number])[] = [
  ['publisher', 10],
  ['claimer', 2],
  ['reaper', 2],
  ['reader', 2],
  ['sweeper', 1],
]

export interface Hammered {
  /** What must never happen and did; the first few. */
  readonly violations: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  /** What is in the registry when every controller is gone and every event handled - before any last sweep. */
  readonly left: readonly string[]
}

/** Real processes on one fake host in a tmpfs, all at once, for this long. */
export async function hammer(seconds: number): Promise<Hammered> {
  const violations: string[] = []
  // Ten say what is wrong; of a broken rule there are thousands.
  const fail = (text: string): void => void (violations.length < 10 && violations.push(text))
  const counts: Record<string, number> = {}
  const kernel = new HammerKernel(fail, Math.random)
  const crew = CREW.flatMap(([role, many]) =>
    Array.from({ length: many }, (_, i) => ({ role, child: start(role, `${role}${i}`, kernel.host.root) })),
  )
  try {
    const line = crew.map(({ child }, who) => readyAndServed(child, who, kernel, fail, counts))
    const ended = crew.map(({ child }) => once(child, 'exit'))
    await Promise.all(line)
    for (const { child } of crew) tell(child, { go: true })
    await new Promise(resolve => setTimeout(resolve, seconds * 1000))
    for (const { role, child } of crew) if (role !== 'reaper') tell(child, { stop: true })
    await kernel.end()
    await Promise.all(ended)
    return { violations, counts: { connected: kernel.connected, ...counts }, left: readdirSync(kernel.host.path()) }
  } finally {
    for (const { child } of crew) child.kill('SIGKILL')
    rmSync(kernel.host.root, { recursive: true, force: true })
  }
}

function start(role: Role, name: string, root: string): ChildProcess {
  return fork(join(import.meta.dirname, 'worker.ts'), [role, name, root], { execArgv: ['--conditions=@nvmf/source'] })
}

const tell = (child: ChildProcess, message: ToWorker): void => {
  if (child.connected) child.send(message)
}

/** Resolves when the process stands at the start line; from then on its questions are answered. */
function readyAndServed(
  child: ChildProcess,
  who: number,
  kernel: HammerKernel,
  fail: (violation: string) => void,
  counts: Record<string, number>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => {
      if (code !== 0) reject(new Error(`a process of the hammer ended with ${code ?? signal}`))
    })
    child.on('message', (message: ToKernel) => {
      if ('ready' in message) resolve()
      if ('question' in message) kernel.answer(who, message.question, answer => tell(child, { answer }))
      if ('violation' in message) fail(message.violation)
      if ('broken' in message) {
        fail(message.broken)
        kernel.giveUp()
      }
      if ('counts' in message)
        for (const [what, times] of Object.entries(message.counts)) counts[what] = (counts[what] ?? 0) + times
    })
  })
}
