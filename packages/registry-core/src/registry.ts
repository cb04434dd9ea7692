import { RegistryError } from './errors.ts'
import { type Layout, layoutBelow } from './layout.ts'
import { removeAttribute, retrieve, updateAttribute } from './protocol/attributes.ts'
import { claim, release } from './protocol/claim.ts'
import { deleteEntry } from './protocol/delete.ts'
import { publish } from './protocol/publish.ts'
import { listEntries, ownerOf, readEntry } from './protocol/read.ts'
import { reap } from './protocol/reap.ts'
import { sweep } from './protocol/sweep.ts'
import { errnoOf, type Sys } from './sys.ts'
import type { Claimed, Entry, Ownership, Published, Reaped, Swept } from './types.ts'

/**
 * The ownership registry of one host.
 *
 * Every method is synchronous (a handful of system calls on a tmpfs), keeps no state between calls and may be used by
 * any number of processes at once, beside libnvme 3. Every method throws {@link RegistryError} and nothing else;
 * `io` is thrown for any system call that fails unexpectedly. Nothing is ever half done then; a write whose check
 * *afterwards* failed may stand, complete, and is repeated safely.
 *
 * `device` is always a kernel name, `nvme3`: `bad-device` otherwise.
 */
export class Registry {
  readonly #sys: Sys
  readonly #layout: Layout

  /** @param root where the host's file system begins */
  constructor(sys: Sys, root: string) {
    this.#sys = sys
    this.#layout = layoutBelow(root)
  }

  /**
   * Registers a controller that the caller has just connected, for `owner`.
   *
   * The caller must hold the number while this runs: keep the handle of /dev/nvme-fabrics that made the controller open
   * (the kernel cannot hand the number on while it is; docs/registry-format.md). A dead predecessor's entry is replaced.
   *
   * @throws `bad-value` for an unusable owner, `no-sysfs`, `damaged`, `unknown-owner`, `busy`, `io`
   */
  publish(device: string, owner: string): Published {
    return this.#run((sys, layout) => publish(sys, layout, device, owner))
  }

  /**
   * Makes `owner` the owner of a live controller: compare-and-set, so of two claimers one wins.
   *
   * @param options `steal` takes it from whoever owns it and says from whom; without it an owned controller is refused.
   * `incarnation`: only this one of the name (from the inventory); another one there is `no-controller`
   * @throws `no-controller`, `owned`, `unknown-owner`, `damaged`, `bad-value`, `no-sysfs`, `busy`, `io`
   */
  claim(device: string, owner: string, options: { steal?: boolean; incarnation?: string } = {}): Claimed {
    return this.#run((sys, layout) => claim(sys, layout, device, owner, options.steal === true, options.incarnation))
  }

  /**
   * Makes a live controller unowned.
   *
   * @param expected release only if this is the owner (`owned` otherwise); undefined: whoever it is
   * @param incarnation as for {@link claim}
   * @returns who owned it until now, or undefined if nobody did
   */
  release(device: string, expected?: string, incarnation?: string): string | undefined {
    return this.#run((sys, layout) => release(sys, layout, device, expected, incarnation))
  }

  /**
   * Sets a private attribute of a live controller's entry, making the entry if there is none (the controller stays unowned).
   * @throws `reserved-attribute`, `bad-attribute`, `bad-value`, `no-controller`, `damaged`, `io`: nothing is made then
   */
  update(device: string, attribute: string, value: string): void {
    this.#run((sys, layout) => updateAttribute(sys, layout, device, attribute, value))
  }

  /** Removes a private attribute; true if it was there. Makes nothing. @throws `reserved-attribute`, `bad-attribute`, `io` */
  remove(device: string, attribute: string): boolean {
    return this.#run((sys, layout) => removeAttribute(sys, layout, device, attribute))
  }

  /**
   * One attribute, `owner` and the reserved ones included, of the live controller's entry; undefined if it is not set or the entry is stale.
   * @throws `bad-attribute`, `damaged` (oversized, binary, several lines, not a regular file), `io`
   */
  retrieve(device: string, attribute: string): string | undefined {
    return this.#run((sys, layout) => retrieve(sys, layout, device, attribute))
  }

  /** Removes a device's entry, whoever owns it and whether it lives or not; true if there was one. @throws `damaged`, `io` */
  delete(device: string): boolean {
    return this.#run((sys, layout) => deleteEntry(sys, layout, device))
  }

  /** Everything registered for a device, or undefined. Never throws for damage: that is a state of the entry. */
  entry(device: string): Entry | undefined {
    return this.#run((sys, layout) => readEntry(sys, layout, device))
  }

  /** All entries in natural order (nvme2 before nvme10), stale and damaged ones included. No registry: none. */
  entries(): Entry[] {
    return this.#run((sys, layout) => listEntries(sys, layout))
  }

  /**
   * Who owns a device's controller. Never throws for what it cannot read: that is `unknown`, and counts as owned.
   * @param incarnation answer only for this incarnation of the name (from the inventory); another one there is `unknown`
   */
  ownerOf(device: string, incarnation?: string): Ownership {
    return this.#run((sys, layout) => ownerOf(sys, layout, device, incarnation))
  }

  /** Removes a device's entry if its controller is gone. @param seqnum SEQNUM of the remove event, if there was one */
  reap(device: string, seqnum?: string): Reaped {
    return this.#run((sys, layout) => reap(sys, layout, device, seqnum))
  }

  /**
   * Reaps every entry and clears what dead writers of ours left: unfinished entries and unfinished attributes. libnvme's
   * (`.nvmeN.tmp.*`, `.trash.*`) stay, because their names do not tell whose they are: nothing proves that nobody is at them.
   *
   * @throws `io` if something could not be removed, `damaged` if the registry is not a directory; all else is swept first
   */
  sweep(): Swept {
    return this.#run((sys, layout) => sweep(sys, layout))
  }

  /** Every system call's failure that the protocol does not expect leaves as an `io`. */
  #run<T>(use: (sys: Sys, layout: Layout) => T): T {
    try {
      return use(this.#sys, this.#layout)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === undefined || error instanceof RegistryError) throw error
      throw new RegistryError('io', `${this.#layout.registry}: ${(error as Error).message}`, { cause: error })
    }
  }
}
