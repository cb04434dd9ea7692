import { endsInAChain, watchChanges } from '../ownership.ts'
import { owned, unowned } from '../programs.ts'

/**
 * What all scenarios have in which a live controller's owner changes.
 * @param first its owner at first; null: unowned
 */
export const changing = (first: string | null, mayBecomeUnowned: boolean) => ({
  watch: watchChanges(mayBecomeUnowned),
  end: endsInAChain(first),
  endTroubled: endsInAChain(first, true),
  happenings: [],
  prepare: first === null ? unowned : owned,
})
