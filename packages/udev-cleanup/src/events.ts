/**
 * MESSAGE_IDs of what the helper tells the journal. API, as exit codes are: added, never changed or used again for something
 * else. systemd/nvmf-registry.catalog explains each (`journalctl -x`).
 */
export const EVENTS = {
  /** A dead controller's entry was removed. */
  removed: '8e391a5e296c46e98577242561886082',
  /** An entry was left at a remove event, because it is another controller's, or may be. */
  kept: 'a81b35d314c847ab995c5ad411906a08',
  /** An entry was left because it, or sysfs, cannot be read or understood: somebody should look. */
  doubtful: '0a747ff24a7f41eaab4541a8027fff5b',
  /** The totals of a sweep that removed something. */
  swept: 'a0665b77dfc946c38a88c5334f2feb36',
  /** There is no registry. */
  absent: 'c65f5217a45243cb81ce8adefc9d7dce',
  /** A call that makes no sense, or a system call that failed. */
  failed: 'd219968d61844cbc9a29803023283df9',
} as const

export type EventName = keyof typeof EVENTS
