/** Runs `work` for every item, at most `limit` at once; results in the items' order. Rejects after all have ended. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  for (const ended of workers) if (ended.status === 'rejected') throw ended.reason
  return results
}
