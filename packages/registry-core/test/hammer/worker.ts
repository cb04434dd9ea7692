import { once } from 'node:events'
import { ROLES, type Role, type ToKernel, type ToWorker } from './messages.ts'
import { type Job, roles } from './roles.ts'

/** One process of the hammer: `worker.ts <role> <name> <root>`. It waits at the start line until all are there. */
const [role, name, root] = process.argv.slice(2) as [Role, string, string]
if (!ROLES.includes(role)) throw new Error(`no role ${role}`)
const counts: Record<string, number> = {}
let stopped = false
let go: () => void = () => {}
const answers: ((answer: Extract<ToWorker, { answer: unknown }>['answer']) => void)[] = []

const send = (message: ToKernel): void => void process.send?.(message)
process.on('message', (message: ToWorker) => {
  if ('answer' in message) answers.shift()?.(message.answer)
  if ('stop' in message) stopped = true
  if ('go' in message) go()
})

const job: Job = {
  name,
  root,
  stopped: () => stopped,
  ask: question =>
    new Promise(resolve => {
      answers.push(resolve)
      send({ question })
    }),
  violation: text => send({ violation: `${name}: ${text}` }),
  count: what => {
    counts[what] = (counts[what] ?? 0) + 1
  },
}

await new Promise<void>(resolve => {
  go = resolve
  send({ ready: true })
})
try {
  await roles[role](job)
} catch (error) {
  send({ broken: `${name} ended with ${(error as Error).stack}` })
}
send({ counts })
// Until the other side has read all that was said.
process.disconnect()
if (process.connected) await once(process, 'disconnect')
