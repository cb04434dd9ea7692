import type { Done, History } from './records.ts'

/** What a look at the announcements has found: owners of the connects, incarnations of what is leaving. */
export type Announced = readonly (string | null)[]

/**
 * What is wrong with the looks at the announcements: one that a living process had made was not seen, or one was that had
 * been taken back or whose process had ended.
 */
export function wronglyAnnounced({ done, killed, dead }: History): string[] {
  const made = done.filter(({ deed }) => deed.act === 'announce')
  const taken = new Map(done.filter(({ deed }) => deed.act === 'withdraw').map(one => [one.deed.value, one]))
  const never = Number.POSITIVE_INFINITY
  return done.flatMap(look => {
    if (look.deed.act !== 'announced' || look.result === undefined || !('value' in look.result)) return []
    const seen = look.result.value as Announced
    const unreadable = seen.includes(null) ? [`${at(look)} has seen one that cannot be read`] : []
    const overlooked = made.filter(
      ({ deed, end, worker }) =>
        end < look.begin &&
        (taken.get(deed.value)?.begin ?? never) > look.end &&
        (killed.get(worker) ?? never) > look.end &&
        !seen.includes(deed.value as string),
    )
    const ended = made.filter(
      ({ deed, begin, worker }) =>
        seen.includes(deed.value as string) &&
        (begin > look.end ||
          (taken.get(deed.value)?.end ?? never) < look.begin ||
          (dead.get(worker) ?? never) < look.begin),
    )
    return [
      ...unreadable,
      ...overlooked.map(one => `${at(look)} has not seen ${one.deed.value} of ${at(one)}`),
      ...ended.map(one => `${at(look)} has seen ${one.deed.value} of ${at(one)}, which had ended`),
    ]
  })
}

const at = ({ worker, begin, end }: Done): string => `${worker} at ${begin}-${end}`
