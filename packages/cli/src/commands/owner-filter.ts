import { usage } from '../failure.ts'

/** The value of `--owner` where it selects. @throws Failure for an empty one: it would select nothing, and mean all */
export function ownerFilter(owner: string | undefined): string | undefined {
  if (owner === '') throw usage('--owner: must not be empty')
  return owner
}
