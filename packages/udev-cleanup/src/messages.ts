import type { DeadReason, KeptReason, Reaped, Swept } from '@nvmf/registry-core/protocol'
import { EVENTS, type EventName } from './events.ts'

/** syslog(3)'s severities, as the journal filters by. */
export const PRIORITY = { error: 3, warning: 4, notice: 5, info: 6 } as const

/** One event: a line for people, and the same for programs. */
export interface LogLine {
  readonly priority: (typeof PRIORITY)[keyof typeof PRIORITY]
  readonly text: string
  /** Fields of the journal, `NVMF_OWNER` and the like. */
  readonly fields: Readonly<Record<string, string>>
}

const DEAD: Record<DeadReason, string> = {
  'controller-gone': 'the controller is gone',
  'number-recycled': 'another controller has this number now',
  'older-than-event': 'the entry is older than the removal',
}

const KEPT: Record<KeptReason, readonly [LogLine['priority'], string]> = {
  alive: [PRIORITY.info, 'its controller is live: the number was recycled before this event was handled'],
  unproven: [PRIORITY.info, 'nothing proves it stale'],
  'no-sysfs': [PRIORITY.warning, '/sys/class cannot be read, so nothing can be judged'],
  damaged: [PRIORITY.warning, 'it is damaged'],
  unreadable: [PRIORITY.warning, 'it cannot be read'],
}

/** What is known of an entry: whose it was, which event asked (none asks for a sweep), when it was made, why it went or stays. */
interface Facts {
  readonly reason: DeadReason | KeptReason
  readonly owner?: string
  readonly event?: string
  readonly seqnum?: string
}

export function describeReaped(device: string, event: string, reaped: Reaped): LogLine[] {
  if (reaped.outcome === 'none') return []
  return reaped.outcome === 'removed'
    ? [removed(device, 'removed', { ...reaped, event })]
    : [kept(device, 'left', { ...reaped, event })]
}

/** An entry that was removed before its own event was handled; `event` is the one whose helper did it. */
export const describeOther = (device: string, event: string, reaped: Reaped & { outcome: 'removed' }): LogLine =>
  removed(device, 'removed with others', { ...reaped, event })

/** An entry that a sweep has just removed. */
export const describeSweptEntry = (entry: Swept['removed'][number]): LogLine =>
  removed(entry.device, 'removed by sweep', entry)

/** The rest of a sweep: what it left for a reason that somebody should know, and the totals. */
export function describeSwept({ removed: gone, kept: stay, leftovers }: Swept): LogLine[] {
  const lines = stay
    .filter(({ reason }) => KEPT[reason][0] === PRIORITY.warning)
    .map(entry => kept(entry.device, 'left by sweep', entry))
  if (gone.length + leftovers.length === 0) return lines
  const text = `sweep: ${gone.length} stale entries and ${leftovers.length} unfinished ones removed, ${stay.length} left`
  return [...lines, { priority: PRIORITY.notice, text, fields: fieldsOf('swept', {}) }]
}

/** Nobody has registered anything since this host was booted, or it was called for another one. */
export const describeAbsent = (what: string, registry: string, device?: string): LogLine => ({
  priority: PRIORITY.info,
  text: `${what}: nothing to do: there is no registry ${registry}`,
  fields: fieldsOf('absent', { DEVICE: device }),
})

/** Whatever went wrong; `device` where it is about one. */
export const describeFailure = (text: string, device?: string): LogLine => ({
  priority: PRIORITY.error,
  text,
  fields: fieldsOf('failed', { DEVICE: device }),
})

const removed = (device: string, what: string, found: Facts & { reason: DeadReason }): LogLine => ({
  priority: PRIORITY.info,
  text: `${device}: ownership entry ${what}: ${DEAD[found.reason]} (${shown(found)})`,
  fields: fieldsOf('removed', factsOf(device, found)),
})

function kept(device: string, what: string, found: Facts & { reason: KeptReason }): LogLine {
  const [priority, why] = KEPT[found.reason]
  return {
    priority,
    text: `${device}: ownership entry ${what}: ${why} (${shown(found)})`,
    fields: fieldsOf(priority === PRIORITY.warning ? 'doubtful' : 'kept', factsOf(device, found)),
  }
}

const factsOf = (device: string, { owner, event, seqnum, reason }: Facts) => ({
  DEVICE: device,
  OWNER: owner,
  REASON: reason,
  SEQNUM: event,
  STAMP: seqnum,
})

function fieldsOf(event: EventName, facts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const fields: Record<string, string> = { MESSAGE_ID: EVENTS[event], NVMF_EVENT: `cleanup-${event}` }
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) fields[`NVMF_${name}`] = value
  return fields
}

const shown = ({ owner, event, seqnum }: Facts): string =>
  [`owner=${quote(owner)}`, ...(event === undefined ? [] : [`event=${event}`]), `stamp=${plain(seqnum)}`].join(' ')

/** Owners are printable but free-form: quoted, they cannot pass for another fact of the line; and cut, because a value may be longer than a record. */
const quote = (owner: string | undefined): string => (owner === undefined ? 'none' : JSON.stringify(clip(owner, 64)))

/** A stamp is a number unless somebody tampered with it. */
const plain = (stamp: string | undefined): string =>
  stamp !== undefined && /^[0-9]{1,20}$/.test(stamp) ? stamp : quote(stamp)

function clip(text: string, characters: number): string {
  const all = [...text]
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`
}
