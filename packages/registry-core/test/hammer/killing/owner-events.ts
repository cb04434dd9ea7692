import type { Event } from './explain.ts'
import type { Deed, Done, History } from './records.ts'

/**
 * What the records of a log say about the owner of one device. States: `none`, there is no controller; `unowned`; and
 * `owned by <name>`.
 */
export function ownerEvents(history: History, device: string): Event[] {
  const done = history.done.filter(({ deed }) => deed.device === device)
  return done.flatMap((one): Event[] => {
    const told = ownerEvent(one)
    if (told === undefined) return []
    const { begin, end } = one
    const text = `${one.worker}: ${JSON.stringify(one.deed)} ${JSON.stringify(one.result)}`
    if (told.certain) return [{ ...told, begin, end, settles: hasChanged(one), text }]
    const died = one.result === undefined ? history.dead.get(one.worker) : undefined
    return [{ ...told, begin, end: lastMoment(done, one, died), died, text }]
  })
}

type Told = Pick<Event, 'certain' | 'looks' | 'step'>

const owned = (name: string): string => `owned by ${name}`
const isFree = (state: string): boolean => state === 'none' || state === 'unowned'
/** A removed controller's entry says nothing of an owner either. */
const free: Told = { certain: true, looks: true, step: state => (isFree(state) ? state : undefined) }
const is = (name: string): Told => ({
  certain: true,
  looks: true,
  step: state => (state === owned(name) ? state : undefined),
})
const unowned: Told = { certain: true, looks: true, step: state => (state === 'unowned' ? state : undefined) }
const seenAs = (seen: string | null): Told => (seen === null ? free : is(seen))
const change = (certain: boolean, step: Event['step']): Told => ({ certain, looks: false, step })
const from =
  (before: string, after: string): Event['step'] =>
  state =>
    state === before ? after : undefined
const fromAny =
  (after: string): Event['step'] =>
  state =>
    state === 'none' ? undefined : after

function ownerEvent({ deed, result }: Done): Told | undefined {
  if (deed.act === 'connected') return change(true, from('none', 'unowned'))
  if (deed.act === 'removed') return change(true, () => 'none')
  if (result === undefined || 'broken' in result) return attempted(deed)
  if ('value' in result) return succeeded(deed, result.value)
  if (result.code === 'owned') {
    const found = is(result.owner as string)
    // It tells of a dead controller's entry too.
    if (deed.act !== 'delete') return found
    return { ...found, step: state => found.step(state) ?? free.step(state) }
  }
  return result.code === 'changed' ? free : attempted(deed)
}

function succeeded(deed: Deed, value: unknown): Told | undefined {
  const { act, seen } = deed
  switch (act) {
    case 'claim':
    case 'publish': {
      const { outcome, from: before, owner } = value as { outcome: string; from?: string; owner?: string }
      const mine = owned(deed.value as string)
      if (outcome === 'claimed' || outcome === 'published') return change(true, from('unowned', mine))
      if (outcome === 'stolen' && before !== undefined) return change(true, from(owned(before), mine))
      if (outcome === 'owned') return is(owner as string)
      if (outcome === 'gone') return attempted(deed)
      return change(true, fromAny(mine))
    }
    case 'release':
      // Of a controller that goes meanwhile it says that it went.
      return value === null ? unowned : change(true, from(owned(value as string), 'unowned'))
    case 'delete':
      if (value === false) return free
      return change(true, state =>
        isFree(state) || seen === undefined || state === owned(seen ?? '') ? freed(state) : undefined,
      )
    case 'update':
    case 'remove':
      return seen === undefined ? undefined : seenAs(seen)
    case 'ownerOf':
    case 'entry':
      return typeof value === 'string' ? is(value) : value === null ? free : undefined
    default:
      return undefined
  }
}

const freed = (state: string): string => (state === 'none' ? state : 'unowned')

/** What may have been done by who was killed in the middle of it, or found afterwards that the controller was gone. */
function attempted({ act, value, steal, seen }: Deed): Told | undefined {
  const mayBeFrom = (state: string): boolean =>
    seen === undefined || state === (seen === null ? 'unowned' : owned(seen))
  if (act === 'claim' || act === 'publish')
    return change(false, state =>
      state !== 'none' && (state === 'unowned' || steal === true) && mayBeFrom(state)
        ? owned(value as string)
        : undefined,
    )
  if (act !== 'release' && act !== 'delete') return undefined
  return change(false, state => (!isFree(state) && mayBeFrom(state) ? 'unowned' : undefined))
}

/** When a deed that may have been done can have been done at the latest: at its end, or when the controller goes. */
function lastMoment(done: readonly Done[], { deed, begin, end }: Done, died: number | undefined): number {
  if (died === undefined) return end
  // A delete holds no number, so it may have come to the next controller of the name.
  const since = deed.act === 'delete' ? died : begin
  return Math.min(...done.filter(one => one.deed.act === 'removed' && one.end > since).map(one => one.end))
}

/**
 * Has it looked for a change that was decided and not made, and made that first? Then no dead process's change comes later.
 */
function hasChanged({ deed, result }: Done): boolean {
  if (result === undefined || !('value' in result)) return false
  if (deed.act === 'release') return typeof result.value === 'string'
  return deed.act === 'claim' && (result.value as { outcome: string }).outcome !== 'already-ours'
}
