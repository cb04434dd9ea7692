import { isDevice, type Layout, type Reaped, type ReapSys, reap } from '@nvmf/registry-core/protocol'

/** Looked at besides the event's own entry: enough to notice a crowd, too few to be felt where one controller goes. */
export const SAMPLES = 4

/** So many entries in a row that somebody else has removed meanwhile: this stretch is being swept already. */
const STRETCH = 4

/** Told of each entry as it is removed: a helper that is killed has said all that it did. */
export type Tell = (device: string, reaped: Reaped & { outcome: 'removed' }) => void

/**
 * When hundreds of controllers go together, each has an event, and udevd would start a helper for each. The rule starts
 * none for an entry that is gone already (`TEST==`), so a helper that notices that others went too removes theirs, and
 * most of the events that are still queued match nothing.
 *
 * Nothing depends on it: what it leaves has an event of its own.
 *
 * @param names what was in the registry when the event was handled
 */
export function removeOthersThatWent(
  sys: ReapSys,
  layout: Layout,
  names: readonly string[],
  event: string,
  tell: Tell,
): void {
  const removed = (device: string): Reaped['outcome'] => {
    const reaped = reap(sys, layout, device)
    if (reaped.outcome === 'removed') tell(device, reaped)
    return reaped.outcome
  }
  if (!sample(names, event).some(device => removed(device) === 'removed')) return

  // udevd runs several helpers side by side. Each begins elsewhere and ends where another one has been: together they
  // go round once, instead of competing for every entry.
  let gone = 0
  for (const device of fromStart(names, event)) {
    gone = removed(device) === 'none' ? gone + 1 : 0
    if (gone === STRETCH) return
  }
}

/**
 * Which others went is not known: a target takes a block of numbers with it, a path of many every second one. So the
 * samples are spread over the whole registry, from a place that is another one for each event. With half of the
 * registry gone most first helpers notice; with one in fifty one helper in thirteen does, and that is soon enough.
 *
 * Names are picked before they are checked: to check a thousand would take longer than the rest of the clean-up.
 */
export function sample(names: readonly string[], event: string): string[] {
  const step = Math.max(1, Math.floor(names.length / SAMPLES))
  const first = start(names, event)
  return Array.from({ length: Math.min(SAMPLES, names.length) }, (_, nth) => (first + nth * step) % names.length)
    .map(index => names[index] as string)
    .filter(isDevice)
}

/** Once round all devices. */
function fromStart(names: readonly string[], event: string): string[] {
  const first = start(names, event)
  return [...names.slice(first), ...names.slice(0, first)].filter(isDevice)
}

/** Neighbouring events begin far from each other (Fibonacci hashing): one controller's removal takes several numbers. */
function start(names: readonly string[], event: string): number {
  return (Math.imul(Number(event.slice(-9)), 0x9e3779b1) >>> 8) % Math.max(1, names.length)
}
