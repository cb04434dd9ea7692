import type { Entry } from '@nvmf/registry-core'
import { type Check, type Finding, found, ok } from '../check.ts'
import type { Host } from '../host.ts'
import { REGISTRY } from '../names.ts'

/** What is stale was not removed in time; what is damaged protects its controller from everybody, its owner too. */
export const entries: Check = ({ host, registry }) => {
  const all = registry.entries()
  const named = (state: 'stale' | 'damaged'): string[] =>
    all.filter(entry => entry.state === state).map(entry => entry.device)
  const [first, ...more] = named('damaged')
  if (first !== undefined) {
    const message = `damaged entries: ${[first, ...more].join(', ')}`
    return found('problem', message, `nvmf registry list --all says why; ${removalOf(host, first)} removes one`)
  }
  const blocking = blocked(host, all)
  if (blocking !== undefined) return blocking
  const stale = named('stale')
  if (stale.length > 0) return found('warning', `stale entries: ${stale.join(', ')}`, 'nvmf registry gc')
  const attributes = damagedAttributes(all)
  if (attributes !== undefined) return attributes
  const unfinished = registry.unfinished()
  if (unfinished.length > 0) {
    const message = `unfinished, as a process is at it or was killed: ${shortened(unfinished)}`
    return found('note', message, 'nvmf registry gc removes what no process goes on with; the rest does no harm')
  }
  return ok(all.length === 0 ? 'no entries' : `no entry of ${all.length} is stale or damaged`)
}

const NAMED = 3
const shortened = (names: readonly string[]): string =>
  names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ` and ${names.length - NAMED} more` : '')

/** When its controller goes, such an entry stays. Its owner is not to be lost if what is in the way can be named. */
function blocked(host: Host, all: readonly Entry[]): Finding | undefined {
  for (const { device } of all) {
    const name = beyondDelete(host, pathOf(device))
    if (name === undefined) continue
    const message = `the entry of ${device} has a directory in it, or a name that is not UTF-8: it cannot be removed`
    const remedy = /^[\w.-]+$/.test(name)
      ? `rm -r ${pathOf(device)}/${name}`
      : `rm -r ${pathOf(device)}, and claim the controller again`
    return found('warning', message, remedy)
  }
  return undefined
}

/** Nobody can use them. */
function damagedAttributes(all: readonly Entry[]): Finding | undefined {
  const damaged = all.flatMap(({ device, damagedAttributes: of }) => Object.keys(of).map(name => ({ device, name })))
  const [first] = damaged
  if (first === undefined) return undefined
  const message = `damaged attributes: ${damaged.map(({ device, name }) => `${name} of ${device}`).join(', ')}`
  const removal = `nvmf registry delete ${first.device} -a ${first.name}`
  return found('warning', message, `nvmf registry list says why; ${removal} removes one`)
}

function removalOf(host: Host, device: string): string {
  const path = pathOf(device)
  if (host.look(path)?.kind !== 'directory') return `rm ${path}`
  return beyondDelete(host, path) === undefined ? `nvmf registry delete ${device}` : `rm -r ${path}`
}

/** `registry delete` unlinks the files of a directory, by names that it can read. What else is there nvmf never made. */
const beyondDelete = (host: Host, path: string): string | undefined =>
  host.names(path).find(name => name.includes('\ufffd') || host.look(`${path}/${name}`)?.kind === 'directory')

const pathOf = (device: string): string => `${REGISTRY}/${device}`
