import type { Use } from '@nvmf/disconnect-policy'

/**
 * Why a controller that a connect gave up stays connected. Stable: reasons are added, never renamed or reused.
 *
 * | reason | meaning |
 * |---|---|
 * | `owned-by` | another owner, `owner`, has claimed it |
 * | `ownership-unknown` | its ownership cannot be read, so it counts as another's |
 * | `in-use` | it is the last way to a namespace that is mounted, swapped on, held, or whose use cannot be read: `uses` |
 * | `not-judged` | sysfs or the registry does not show what is needed to judge it |
 */
export interface Left {
  readonly reason: 'owned-by' | 'ownership-unknown' | 'in-use' | 'not-judged'
  readonly owner?: string | undefined
  readonly uses?: readonly Use[] | undefined
}

/** `owned by nbft` */
export function reasonText({ reason, owner, uses = [] }: Left): string {
  switch (reason) {
    case 'owned-by':
      return `owned by ${owner}`
    case 'ownership-unknown':
      return 'its owner cannot be read'
    case 'in-use':
      return `${[...new Set(uses.map(use => use.device))].join(', ')} is in use`
    case 'not-judged':
      return 'it cannot be told whether it may go'
  }
}
