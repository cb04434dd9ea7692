import type { Event } from './explain.ts'
import type { Done, History } from './records.ts'

/**
 * What the records of a log say about the private attribute of one device. States: `none`, or its value. Only the looks of
 * `retrieve` are compared. An update, a remove and a delete that overlap may come in any order.
 */
export function noteEvents({ done, dead }: History, device: string): Event[] {
  return done.flatMap(one => {
    const event = one.deed.device === device ? noteEvent(one) : undefined
    if (event === undefined) return []
    const text = `${one.worker}: ${JSON.stringify(one.deed)} ${JSON.stringify(one.result)}`
    // No other process goes on with it.
    const end = one.result === undefined ? (dead.get(one.worker) ?? one.end) : one.end
    return [{ begin: one.begin, end, text, ...event }]
  })
}

function noteEvent({ deed, result }: Done): Pick<Event, 'certain' | 'looks' | 'step'> | undefined {
  const returned = result !== undefined && 'value' in result ? result.value : undefined
  switch (deed.act) {
    case 'connected':
    case 'removed':
      return { certain: true, looks: false, step: () => 'none' }
    case 'update':
      if (refused(result)) return undefined
      return { certain: returned !== undefined, looks: false, step: () => deed.value }
    case 'remove':
    case 'delete':
      if (refused(result)) return undefined
      return { certain: returned === true, looks: false, step: () => 'none' }
    case 'retrieve':
      return { certain: true, looks: true, step: state => (state === (returned ?? 'none') ? state : undefined) }
    default:
      return undefined
  }
}

const refused = (result: Done['result']): boolean =>
  result !== undefined && 'code' in result && ['owned', 'changed'].includes(result.code)
