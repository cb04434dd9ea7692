import { type Check, found, ok } from '../check.ts'
import type { Host } from '../host.ts'

const REGISTRY = '/run/nvme/registry'

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
  const stale = named('stale')
  if (stale.length > 0) return found('warning', `stale entries: ${stale.join(', ')}`, 'nvmf registry gc')
  return ok(all.length === 0 ? 'no entries' : `no entry of ${all.length} is stale or damaged`)
}

/** `registry delete` unlinks the files of a directory. What is none, or has directories in it, nvmf never made: rm(1) has to. */
function removalOf(host: Host, device: string): string {
  const path = `${REGISTRY}/${device}`
  if (host.look(path)?.kind !== 'directory') return `rm ${path}`
  return host.names(path).some(name => host.look(`${path}/${name}`)?.kind === 'directory')
    ? `rm -r ${path}`
    : `nvmf registry delete ${device}`
}
