import type { DeadReason, KeptReason, Reaped, Swept } from '@nvmf/registry-core/protocol'

/** syslog(3)'s severities, as the journal filters by. */
export const PRIORITY = { error: 3, warning: 4, notice: 5, info: 6 } as const

export interface LogLine {
  readonly priority: (typeof PRIORITY)[keyof typeof PRIORITY]
  readonly text: string
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

export function describeReaped(device: string, seqnum: string, reaped: Reaped): LogLine[] {
  if (reaped.outcome === 'none') return []
  if (reaped.outcome === 'removed') {
    return [
      {
        priority: PRIORITY.info,
        text: `${device}: ownership entry removed: ${DEAD[reaped.reason]} (${facts(reaped, seqnum)})`,
      },
    ]
  }
  const [priority, why] = KEPT[reaped.reason]
  return [{ priority, text: `${device}: ownership entry left: ${why} (${facts(reaped, seqnum)})` }]
}

/** An entry that was removed before its own event was handled; `event` is the one whose helper did it. */
export const describeOther = (device: string, event: string, reaped: Reaped & { outcome: 'removed' }): LogLine => ({
  priority: PRIORITY.info,
  text: `${device}: ownership entry removed with others: ${DEAD[reaped.reason]} (${facts(reaped, event)})`,
})

export function describeSwept(swept: Swept): LogLine[] {
  const lines: LogLine[] = swept.removed.map(entry => ({
    priority: PRIORITY.info,
    text: `${entry.device}: ownership entry removed by sweep: ${DEAD[entry.reason]} (${facts(entry)})`,
  }))
  for (const entry of swept.kept) {
    const [priority, why] = KEPT[entry.reason]
    if (priority === PRIORITY.warning)
      lines.push({ priority, text: `${entry.device}: ownership entry left by sweep: ${why} (${facts(entry)})` })
  }
  const { removed, kept, leftovers } = swept
  if (removed.length + leftovers.length > 0) {
    lines.push({
      priority: PRIORITY.notice,
      text: `sweep: ${removed.length} stale entries and ${leftovers.length} unfinished ones removed, ${kept.length} left`,
    })
  }
  return lines
}

/** Whose it was, which event asked (none asks for a sweep), and when it was made. */
const facts = ({ owner, seqnum }: { owner?: string; seqnum?: string }, event?: string): string =>
  [`owner=${quote(owner)}`, ...(event === undefined ? [] : [`event=${event}`]), `stamp=${plain(seqnum)}`].join(' ')

/** Owners are printable but free-form: quoted, they cannot pass for another fact of the line; and cut, because a value may be longer than a record. */
const quote = (owner: string | undefined): string => (owner === undefined ? 'none' : JSON.stringify(clip(owner, 64)))

/** A stamp is a number unless somebody tampered with it. */
const plain = (stamp: string | undefined): string =>
  stamp !== undefined && /^[0-9]{1,20}$/.test(stamp) ? stamp : quote(stamp)

/** A record of /dev/kmsg holds 976 bytes on every kernel (PRINTKRB_RECORD_MAX before 6.4); a longer one is refused whole. */
const RECORD_CHARACTERS = 240

export const kmsgPath = (root: string): string => `${root === '/' ? '' : root}/dev/kmsg`

/** One record for /dev/kmsg, at most four bytes a character. */
export const kmsgRecord = ({ priority, text }: LogLine): string =>
  clip(`<${priority}>nvmf: ${text}`, RECORD_CHARACTERS) + '\n'

function clip(text: string, characters: number): string {
  const all = [...text]
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`
}
