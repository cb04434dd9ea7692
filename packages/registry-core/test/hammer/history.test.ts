import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratch } from '../host.ts'
import { wronglyAnnounced } from './killing/announced-events.ts'
import { type Explained, explain } from './killing/explain.ts'
import { noteEvents } from './killing/note-events.ts'
import { ownerEvents } from './killing/owner-events.ts'
import { type Deed, historyOf, LogReader, type LogRecord, type Result } from './killing/records.ts'

/** What the run with killed processes makes of a log: that it notices what must not be, and allows what may be. */

const begin = (worker: number, deed: Omit<Deed, 'device'>): LogRecord => [
  'begin',
  worker,
  1,
  { device: 'nvme0', ...deed },
]
const end = (worker: number, value: unknown): LogRecord => ['end', worker, 1, { value }]
const refused = (worker: number, code: string, owner?: string): LogRecord => [
  'end',
  worker,
  1,
  { code, message: '', ...(owner === undefined ? {} : { owner }) } satisfies Result,
]
/** One that is over before anything else begins. */
const whole = (worker: number, deed: Omit<Deed, 'device'>, value: unknown): LogRecord[] => [
  begin(worker, deed),
  end(worker, value),
]
const killed = (worker: number): LogRecord[] => [
  ['kill', worker],
  ['dead', worker],
]

const CONNECTED = whole(0, { act: 'connected' }, null)
const claimed = (worker: number, value: string) => whole(worker, { act: 'claim', value }, { outcome: 'claimed' })
const stolen = (worker: number, value: string, from: string) =>
  whole(worker, { act: 'claim', steal: true, value }, { outcome: 'stolen', from })
const stealing = (worker: number, value: string): LogRecord => begin(worker, { act: 'claim', steal: true, value })
const seen = (worker: number, owner: string | null) => whole(worker, { act: 'ownerOf' }, owner)

const released = (worker: number, value: string) => whole(worker, { act: 'release' }, value)
const nothing = (worker: number) => whole(worker, { act: 'release' }, null)
const refusedBy = (name: string) => [begin(3, { act: 'claim', value: 'x' }), refused(3, 'owned', name)]
const set = (worker: number, value: string) => whole(worker, { act: 'update', value }, null)
const got = (value: string | null) => whole(9, { act: 'retrieve' }, value)

const history = (...records: LogRecord[][]) => historyOf([...CONNECTED, ...records.flat()])
const owner = (...records: LogRecord[][]): Explained => explain(ownerEvents(history(...records), 'nvme0'), 'none')
const note = (...records: LogRecord[][]): Explained => explain(noteEvents(history(...records), 'nvme0'), 'none')
const wrong = (...records: LogRecord[][]): number => wronglyAnnounced(history(...records)).length
const CONTRADICTION = { contradiction: expect.any(String) }

test('changes that follow each other', () => {
  expect(owner(claimed(1, 'a'), seen(2, 'a'), stolen(1, 'b', 'a'), seen(2, 'b'))).toEqual({ state: 'owned by b' })
  expect(owner(claimed(1, 'a'), released(2, 'a'), seen(1, null))).toEqual({ state: 'unowned' })
  expect(owner(claimed(1, 'a'), whole(2, { act: 'delete' }, true), claimed(1, 'b'))).toEqual({ state: 'owned by b' })
  expect(owner(claimed(1, 'a'), whole(0, { act: 'removed' }, null), seen(2, null))).toEqual({ state: 'none' })
})

test('a claim that was reported and is not there', () => {
  expect(owner(claimed(1, 'a'), seen(2, null))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), claimed(2, 'b'))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), [begin(2, { act: 'claim', value: 'b' }), refused(2, 'changed')])).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), whole(2, { act: 'delete' }, false))).toEqual(CONTRADICTION)
})

test('a release that says that there was no owner', () => {
  const goes = whole(0, { act: 'removed' }, null)
  expect(owner(nothing(1), claimed(1, 'a'))).toEqual({ state: 'owned by a' })
  expect(owner(claimed(1, 'a'), nothing(1))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), [begin(2, { act: 'release' })], goes, [end(2, null)])).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), [begin(2, { act: 'release' })], goes, [refused(2, 'no-controller')])).toEqual({
    state: 'none',
  })
})

test('two that had it from the same owner', () => {
  expect(owner(claimed(1, 'a'), stolen(1, 'b', 'a'), stolen(2, 'c', 'a'))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), stolen(1, 'b', 'a'), released(2, 'a'))).toEqual(CONTRADICTION)
})

test('a look that is older than it may be', () => {
  expect(owner(claimed(1, 'a'), stolen(1, 'b', 'a'), seen(2, 'a'))).toEqual(CONTRADICTION)
  const during = [begin(2, { act: 'ownerOf' }), ...stolen(1, 'b', 'a'), end(2, 'a')]
  expect(owner(claimed(1, 'a'), during)).toEqual({ state: 'owned by b' })
})

test('a refusal that names an owner is a look too', () => {
  expect(owner(claimed(1, 'a'), refusedBy('a'))).toEqual({ state: 'owned by a' })
  expect(owner(claimed(1, 'a'), stolen(2, 'b', 'a'), refusedBy('a'))).toEqual(CONTRADICTION)
})

test('a killed steal may have happened or not, until the next change at the latest', () => {
  const killedSteal = [stealing(2, 'k'), ...killed(2)]
  expect(owner(claimed(1, 'a'), killedSteal, seen(3, 'a'))).toEqual({ state: 'owned by a' })
  expect(owner(claimed(1, 'a'), killedSteal, seen(3, 'k'))).toEqual({ state: 'owned by k' })
  // Decided and not made, and then made by the next one.
  expect(owner(claimed(1, 'a'), killedSteal, seen(3, 'a'), stolen(3, 'b', 'k'))).toEqual({ state: 'owned by b' })
  expect(owner(claimed(1, 'a'), killedSteal, stolen(3, 'b', 'a'), seen(1, 'k'))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), killedSteal, seen(3, 'k'), seen(3, 'a'))).toEqual(CONTRADICTION)
})

test('a killed steal explains one lost owner, and not two', () => {
  const killedSteal = [stealing(2, 'k'), ...killed(2)]
  expect(owner(claimed(1, 'a'), killedSteal, released(3, 'k'), seen(1, null))).toEqual({ state: 'unowned' })
  expect(owner(claimed(1, 'a'), killedSteal, released(3, 'k'), claimed(1, 'b'), seen(1, null))).toEqual(CONTRADICTION)
})

test('a killed release explains that it is unowned; a killed claim that asks does not', () => {
  expect(owner(claimed(1, 'a'), [begin(2, { act: 'release' }), ...killed(2)], seen(3, null))).toEqual({
    state: 'unowned',
  })
  const asks = [begin(2, { act: 'claim', value: 'k' }), ...killed(2)]
  expect(owner(claimed(1, 'a'), asks, seen(3, 'k'))).toEqual(CONTRADICTION)
})

test('what has failed after it had written comes before a look that began later', () => {
  const failed = [begin(1, { act: 'claim', value: 'k' }), refused(1, 'no-controller')]
  const releasing = begin(2, { act: 'release' })
  expect(owner([releasing], failed, [begin(3, { act: 'ownerOf' }), end(2, 'k'), end(3, null)])).toEqual({
    state: 'unowned',
  })
  expect(owner([releasing], failed, seen(3, 'k'), [end(2, null)])).toEqual({ state: 'owned by k' })
  expect(owner(seen(2, null), failed, seen(3, null), seen(4, 'k'))).toEqual(CONTRADICTION)
})

test('what was done to the controller before is not done to the next one of the name', () => {
  const recycled = [...whole(0, { act: 'removed' }, null), ...CONNECTED]
  expect(owner([stealing(2, 'k'), ...killed(2)], recycled, seen(3, 'k'))).toEqual(CONTRADICTION)
  expect(owner(claimed(1, 'a'), recycled, seen(3, 'a'))).toEqual(CONTRADICTION)
})

test('an attribute that was set stays, unless something else came at the same time or later', () => {
  expect(note(set(1, 'a'), set(2, 'b'), got('b'))).toEqual({ state: 'b' })
  expect(note(set(1, 'a'), set(2, 'b'), got('a'))).toEqual(CONTRADICTION)
  expect(note(set(1, 'a'), got(null))).toEqual(CONTRADICTION)
  expect(note(set(1, 'a'), [begin(2, { act: 'remove' }), ...killed(2)], got(null))).toEqual({ state: 'none' })
  expect(note([begin(1, { act: 'update', value: 'a' })], set(2, 'b'), [end(1, null)], got('b'))).toEqual({ state: 'b' })
})

test('announcements are seen as long as their process lives, and no longer', () => {
  const made = whole(1, { act: 'announce', value: 'a' }, null)
  const look = (names: string[]) => whole(2, { act: 'announced' }, names)
  const withdrawn = whole(1, { act: 'withdraw', value: 'a' }, null)
  expect(wrong(made, look(['a']), withdrawn, look([]))).toBe(0)
  expect(wrong(made, look([]))).toBe(1)
  expect(wrong(made, withdrawn, look(['a']))).toBe(1)
  expect(wrong(made, killed(1), look([]))).toBe(0)
  expect(wrong(made, killed(1), look(['a']))).toBe(1)
  expect(wrong(made, [['kill', 1]], look(['a']), [['dead', 1]])).toBe(0)
  expect(wrong(whole(2, { act: 'announced' }, [null]))).toBe(1)
})

test('a log that grows, with what killed processes had begun to say', () => {
  const path = join(scratch(), 'log')
  writeFileSync(path, '\n["begin",1,1,{"act":"rel\n["kill",2]\n\n["de')
  const reader = new LogReader(path)
  expect(reader.records()).toEqual([['kill', 2]])
  appendFileSync(path, 'ad",2]\n')
  expect(reader.records()).toEqual([
    ['kill', 2],
    ['dead', 2],
  ])
  reader.close()
})
