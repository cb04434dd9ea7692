import { type Check, found, ok } from '../check.ts'

/** What is stale was not removed in time; what is damaged protects its controller from everybody, its owner too. */
export const entries: Check = ({ registry }) => {
  const all = registry.entries()
  const named = (state: 'stale' | 'damaged'): string[] =>
    all.filter(entry => entry.state === state).map(entry => entry.device)
  const damaged = named('damaged')
  if (damaged.length > 0)
    return found(
      'problem',
      `damaged entries: ${damaged.join(', ')}`,
      `nvmf registry list --all says why; nvmf registry delete ${damaged[0]} removes one`,
    )
  const stale = named('stale')
  if (stale.length > 0) return found('warning', `stale entries: ${stale.join(', ')}`, 'nvmf registry gc')
  return ok(all.length === 0 ? 'no entries' : `no entry of ${all.length} is stale or damaged`)
}
