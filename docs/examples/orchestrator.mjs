/*
 * Keeps controllers connected and owns them; what others own is left alone.
 *
 *   node orchestrator.mjs config.json
 *
 *   { "owner": "example", "root": "/", "everySeconds": 30,
 *     "targets": [{ "transport": "tcp", "traddr": "192.0.2.10", "nqn": "nqn.2026-11.io.example:a" }] }
 *
 * A controller that goes loses its entry, which the registry tells at once: the look every few seconds is only for
 * targets that were not there the last time. When it ends, its controllers stay, and stay its own.
 */
import { readFileSync } from 'node:fs'
import { connect, connectPorts, isFabricsError } from '@nvmf/fabrics-connect'
import { Registry } from '@nvmf/registry-core'

const { owner, root = '/', everySeconds = 30, targets } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const ports = connectPorts({ root })
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())

/** What was said of each target last: news only. */
const said = new Map()
function say(nqn, line) {
  if (said.get(nqn) !== line) console.log(`${nqn}: ${line}`)
  said.set(nqn, line)
}

/** Connects a target, or finds it connected; claims what is nobody's and takes nothing from anybody. */
async function keep(target) {
  try {
    const { device, ownership } = await connect(target, ports, { owner, idempotent: true, signal: stop.signal })
    const ours = ['published', 'claimed', 'already-ours'].includes(ownership.outcome)
    say(target.nqn, ours ? `ours as ${device}` : `connected as ${device}, but not recorded: ${ownership.outcome}`)
  } catch (error) {
    if (!isFabricsError(error)) throw error
    say(target.nqn, error.message)
  }
}

/** Looks at all targets, one look at a time; a wish that comes meanwhile is for one more. */
let looking = false
let again = false
async function look() {
  again = true
  if (looking) return
  looking = true
  while (again && !stop.signal.aborted) {
    again = false
    for (const target of targets) await keep(target)
  }
  looking = false
}

const timer = setInterval(look, everySeconds * 1000)
void look()
for await (const { device, ownership, previous } of new Registry({ root }).watch({ signal: stop.signal })) {
  if (ownership.owner === owner || previous?.owner !== owner) continue
  for (const [nqn, line] of said) if (line === `ours as ${device}`) say(nqn, `${device} is not ours any more`)
  void look()
}
clearInterval(timer)
