import { RegistryError } from './errors.ts'
import { type Layout, layoutBelow } from './layout.ts'
import { listEntries, listUnfinished, ownerOf, readEntry, retrieve } from './protocol/read.ts'
import { errnoOf, type ReapSys } from './sys.ts'
import type { Entry, Expected, Ownership } from './types.ts'

/**
 * The ownership registry of one host, for those who only look: half of {@link Registry}, where it says what holds for all
 * methods. A bundle with nothing but this in it is half as large.
 */
export class RegistryReader<S extends ReapSys = ReapSys> {
  readonly #sys: S
  readonly #layout: Layout

  /**
   * @param sys the system calls to use
   * @param root where the host's file system begins: `/`, or the directory of a virtual host or captured tree
   */
  constructor(sys: S, root: string) {
    this.#sys = sys
    this.#layout = layoutBelow(root)
  }

  /**
   * Who owns a device's controller. What cannot be read is `unknown`, counts as owned, and is never thrown. "Unowned" is
   * true of the entry that is there now: it stands only if what was read is still the entry afterwards.
   *
   * @param incarnation answer only for this incarnation of the name (from the inventory); another one there is `unknown`
   * @throws `bad-device`
   */
  ownerOf(device: string, incarnation?: string): Ownership {
    return this.run((sys, layout) => ownerOf(sys, layout, device, incarnation))
  }

  /**
   * All entries in natural order (nvme2 before nvme10), stale and damaged ones included, each read by itself: not a picture
   * of one instant. No registry: none. What is not a controller's name is no entry.
   *
   * @param options `seqnum: false` leaves it out, damaged or not: a fifth less to read, and it tells a person nothing
   * @throws `damaged` if the registry is not a directory, `no-sysfs`, `io`
   */
  entries({ seqnum = true }: { seqnum?: boolean } = {}): Entry[] {
    return this.run((sys, layout) => listEntries(sys, layout, seqnum))
  }

  /**
   * Names, below the registry, of what a writer has begun and not finished: of one that is at it right now, or was killed.
   * {@link Registry.sweep} removes those that certainly no process goes on with; the others go with their controller, or at
   * reboot.
   *
   * @throws `damaged` if the registry is not a directory, `io`
   */
  unfinished(): string[] {
    return this.run((sys, layout) => listUnfinished(sys, layout))
  }

  /**
   * Everything registered for a device. Damage is a state of the entry and not an error.
   *
   * @param options `incarnation`: only while the name is this incarnation's (from the inventory); `no-controller` otherwise
   * @returns undefined if there is no entry
   * @throws `bad-device`, `no-controller`, `no-sysfs`, `io`
   */
  entry(device: string, options: Pick<Expected, 'incarnation'> = {}): Entry | undefined {
    return this.run((sys, layout) => readEntry(sys, layout, device, { incarnation: options.incarnation }))
  }

  /**
   * One attribute of the live controller's entry, the reserved ones included. Never follows a link, never waits.
   *
   * @param options `incarnation`: as for {@link entry}
   * @returns undefined if it is not set, if there is no entry, or if the entry is stale
   * @throws `bad-device`, `bad-attribute`, `no-controller`, `damaged` (oversized, binary, several lines, not a regular file),
   * `no-sysfs`, `io`
   */
  retrieve(device: string, attribute: string, options: Pick<Expected, 'incarnation'> = {}): string | undefined {
    return this.run((sys, layout) => retrieve(sys, layout, device, attribute, options.incarnation))
  }

  /** Every system call's failure that the protocol does not expect leaves as an `io`. */
  protected run<T>(use: (sys: S, layout: Layout) => T): T {
    try {
      return use(this.#sys, this.#layout)
    } catch (error) {
      throw registryError(this.#layout, error)
    }
  }
}

/** A system call's failure as an `io`; anything else as it is. */
export function registryError({ registry }: Layout, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error
  // Paths below a directory's descriptor tell the reader nothing but their last part.
  const why = (error as Error).message.replaceAll(/\/proc\/self\/fd\/[0-9]+\//g, '')
  return new RegistryError('io', `${registry}: ${why}`, { cause: error })
}
