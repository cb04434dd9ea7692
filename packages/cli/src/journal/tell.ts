import type { Context } from '../context.ts'
import type { EventName } from './events.ts'
import { type Facts, journalRecord } from './record.ts'

/** Tells the journal what was done with a controller; undefined: there is none. Never give it a secret. */
export function tell({ journal }: Context, event: EventName, device: string | undefined, facts: Facts): void {
  journal.add(journalRecord(event, device, facts))
}
