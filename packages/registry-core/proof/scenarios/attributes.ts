import { updateAttribute } from '../../src/protocol/attributes.ts'
import { connectsWithNote, type Noted, removesNote, setsNote, watchNotes } from '../attributes.ts'
import { LAYOUT } from '../invariants.ts'
import { claimsFor, endsIdentified } from '../ownership.ts'
import { connectsFor, helper, libnvmesDead, owned, removal, stranger } from '../programs.ts'
import type { Scenario, Seen } from '../scenario.ts'
import { BEFORE, DEVICE, type World } from '../world.ts'

function ownedWithNote(world: World): void {
  owned(world)
  updateAttribute(world.sysFor(BEFORE, 98), LAYOUT, DEVICE, 'note', 'hello')
}

const common = {
  watch: watchNotes,
  end: (seen: Seen) => endsIdentified(seen),
  endTroubled: (seen: Seen) => endsIdentified(seen, true),
  prepare: owned,
  happenings: [removal],
}

/** Attributes are set and removed while the controller goes and its number is given away. */
export const ATTRIBUTES: readonly Scenario<Noted>[] = [
  {
    ...common,
    name: 'an attribute is set while the controller dies and its event is handled',
    processes: { updater: setsNote, helper },
  },
  {
    ...common,
    name: 'an attribute is set while a stranger takes the number and the dead entry is cleared',
    processes: { updater: setsNote, helper },
    happenings: [removal, stranger],
  },
  {
    ...common,
    name: 'an attribute is set while a new owner connects',
    processes: { updater: setsNote, stas: connectsFor('stas') },
    end: (seen: Seen) => endsIdentified(seen, true),
  },
  {
    ...common,
    name: 'an attribute is removed while the next controller gets one of the same name',
    processes: { remover: removesNote, stas: connectsWithNote },
    prepare: ownedWithNote,
    end: (seen: Seen) => endsIdentified(seen, true),
  },
  {
    ...common,
    name: 'an attribute is set while the controller is stolen',
    processes: { updater: setsNote, a: claimsFor('a', true) },
    happenings: [],
  },
  {
    ...common,
    name: "an attribute is set in libnvme's dead entry while that is cleared",
    processes: { updater: setsNote, helper },
    prepare: libnvmesDead,
    happenings: [],
  },
]

/** Three at once. */
export const ATTRIBUTES_CROWDED: readonly Scenario<Noted>[] = [
  {
    ...common,
    name: 'attributes are set and removed while the controller is replaced and its event handled',
    processes: { updater: setsNote, remover: removesNote, helper },
    prepare: ownedWithNote,
    happenings: [removal, stranger],
  },
  {
    ...common,
    name: 'an attribute is set while a new owner connects and the event is handled',
    processes: { updater: setsNote, stas: connectsFor('stas'), helper },
  },
]
