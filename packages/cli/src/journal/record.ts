import type { JournalRecord } from '../io.ts'
import { visible } from '../output/text.ts'
import { EVENTS, type EventName } from './events.ts'

/** What is known of an event; what is undefined was not there. Never give it a secret. */
export type Facts = Readonly<Record<string, string | undefined>>

/**
 * An event as the journal gets it: `connected nvme3 nqn=… owner=stas` for people, `NVMF_OWNER=stas` for programs. Free
 * text in the line is quoted, so that it cannot pass for another fact; a field needs no quotes.
 */
export function journalRecord(event: EventName, device: string | undefined, facts: Facts): JournalRecord {
  const { id, text } = EVENTS[event]
  const given = Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined)
  const parts = given.map(([key, value]) => `${key}=${/[\s"\\]/.test(value) ? JSON.stringify(value) : value}`)
  const fields = given.map(([key, value]) => [`NVMF_${key.toUpperCase()}`, visible(value)])
  return {
    text: clipped(visible([text, ...(device === undefined ? [] : [device]), ...parts].join(' ')), RECORD_BYTES),
    fields: {
      MESSAGE_ID: id,
      NVMF_EVENT: event,
      ...(device === undefined ? {} : { NVMF_DEVICE: device }),
      ...Object.fromEntries(fields),
    },
  }
}

/** A record of /dev/kmsg holds 976 bytes on every kernel, prefix included; a longer one is refused whole, and lost. */
const RECORD_BYTES = 900

function clipped(text: string, bytes: number): string {
  let used = 0
  let clip = ''
  for (const character of text) {
    const code = character.codePointAt(0) as number
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (used > bytes) break
    clip += character
  }
  return clip
}
