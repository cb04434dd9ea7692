const queues = new Map<string, Promise<void>>()

/** Somebody's patience, as far as {@link inTurn} needs to know it. */
export interface Limit {
  /** `work`, or an error as soon as the caller gives up. */
  race<T>(work: Promise<T>): Promise<T>
}

/**
 * Runs one conversation with /dev/nvme-fabrics after the other, for each host. The kernel does so anyway (nvmf_dev_mutex in
 * drivers/nvme/host/fabrics.c covers every read and write), but waiting for it would take one of Node's four file
 * threads for each: four targets that do not answer would stop all file access of the process. This way it is one.
 *
 * @param limit who stops waiting for its turn has done nothing
 */
export async function inTurn<T>(host: string, limit: Limit, run: () => Promise<T>): Promise<T> {
  const before = queues.get(host) ?? Promise.resolve()
  let done: (() => void) | undefined
  const turn = new Promise<void>(resolve => (done = resolve))
  const all = before.then(() => turn)
  queues.set(host, all)
  void all.then(() => queues.get(host) === all && queues.delete(host))
  try {
    await limit.race(before)
    return await run()
  } finally {
    done?.()
  }
}
