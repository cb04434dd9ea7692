import { removeAttribute, updateAttribute } from '../src/protocol/attributes.ts'
import { publish } from '../src/protocol/publish.ts'
import type { Program } from './actor.ts'
import { LAYOUT } from './invariants.ts'
import { type Owned, orRefused, watchChanges } from './ownership.ts'
import { type Seen, Violation } from './scenario.ts'
import { DEVICE } from './world.ts'

/** The programs that write private attributes, and what must hold of these. */

/** Sets a private attribute and removes it again. */
export const updatesNote: Program = sys =>
  orRefused(() => {
    updateAttribute(sys, LAYOUT, DEVICE, 'note', 'hello')
    removeAttribute(sys, LAYOUT, DEVICE, 'note')
    return { refused: 'updated' }
  })

export const setsNote: Program = sys =>
  orRefused(() => {
    updateAttribute(sys, LAYOUT, DEVICE, 'note', 'hello')
    return { set: true }
  })

export const removesNote: Program = sys => orRefused(() => ({ removed: removeAttribute(sys, LAYOUT, DEVICE, 'note') }))

/** Connects, registers, and sets an attribute while it still holds the number. */
export const connectsWithNote: Program = sys => {
  sys.connect()
  publish(sys, LAYOUT, DEVICE, 'stas')
  const set = setsNote(sys)
  sys.unpin()
  return set
}

export interface Noted extends Owned {
  /** The live incarnation whose entry has the attribute. */
  readonly noted: string | null
}

const isRemover = (name: string): boolean => name.startsWith('remover')

/**
 * I2 for private attributes: what a live controller's entry has stays until somebody removes it, and who was told that it is
 * set finds it there at that moment. (The number is held until then, so the live controller is the one that was meant.)
 */
export function watchNotes(before: Noted | undefined, seen: Seen): Noted {
  const { world, names, phases, mover } = seen
  const owners = watchChanges(false)(before, seen)
  const live = world.live() ?? null
  const files = world.entry()?.files ?? {}
  const noted = live !== null && files['incarnation'] === live && files['note'] === 'hello' ? live : null
  if (before !== undefined && before.noted !== null && before.noted === live && noted === null && !isRemover(mover))
    throw new Violation(`ATTR: ${mover} took an attribute of the live controller`)
  const phase = phases[names.indexOf(mover)]
  const justSet = phase?.at === 'end' && (phase.result as { set?: boolean } | null)?.set === true
  if (justSet && live !== null && noted === null && !names.some(isRemover))
    throw new Violation(`ATTR: ${mover} was told that its attribute is set, and the live controller has none`)
  return { ...owners, noted }
}
