import { removeAttribute, updateAttribute } from './protocol/attributes.ts'
import { claim } from './protocol/claim.ts'
import { deleteEntry } from './protocol/delete.ts'
import { publish } from './protocol/publish.ts'
import { reap } from './protocol/reap.ts'
import { rehearsal } from './protocol/rehearsal.ts'
import { release } from './protocol/release.ts'
import { sweep } from './protocol/sweep.ts'
import { RegistryReader } from './registry-reader.ts'
import type { Sys } from './sys.ts'
import type {
  Claimed,
  ClaimOptions,
  DeadReason,
  Expected,
  Published,
  Reaped,
  ReleaseOptions,
  Swept,
  SweptEntry,
} from './types.ts'

/**
 * The ownership registry of one host.
 *
 * Every method is synchronous (a handful of system calls on a tmpfs), keeps no state between calls and may be used by
 * any number of processes at once, beside libnvme 3. Every method throws {@link RegistryError} and nothing else;
 * `io` is thrown for any system call that fails unexpectedly. Nothing is ever half done then; a write whose check
 * *afterwards* failed may stand, complete, and is repeated safely.
 *
 * Everywhere:
 * - `device` is a kernel name, `nvme3` (drivers/nvme/host/core.c: `nvme%d`): `bad-device` otherwise (`parseDevice`
 *   takes `/dev/nvme3` too).
 * - `owner` and values are one line of printable UTF-8, 1 to 4096 bytes, and come back byte for byte.
 * - an `incarnation` is the inode number of /sys/class/nvme/nvmeN/, in decimal: another one for every life of the name
 *   (fs/kernfs/dir.c; measured).
 * - where facts come from, and what libnvme does: docs/registry-format.md.
 */
export class Registry extends RegistryReader<Sys> {
  /**
   * Registers a controller that the caller has just connected, for `owner`.
   *
   * The caller must hold the number while this runs: keep the handle of /dev/nvme-fabrics that made the controller open
   * (the kernel cannot hand the number on while it is; docs/registry-format.md). A dead predecessor's entry is replaced.
   *
   * @returns what became of it; that somebody else was faster, or that the controller went, is no error
   * @throws `bad-device`; `bad-value` for an unusable owner; `no-sysfs`; `damaged`, `unknown-owner` and `busy` because of
   * what stands there already; `io`
   */
  publish(device: string, owner: string): Published {
    return this.run((sys, layout) => publish(sys, layout, device, owner))
  }

  /**
   * Makes `owner` the owner of a live controller: compare-and-set, so of two claimers one wins.
   *
   * @param options `steal` takes it from its present owner and says from whom; without it an owned controller is refused.
   * `incarnation`: only this one of the name (from the inventory); another one there is `no-controller`. `from`: only from
   * this owner (null: only what is unowned); `owned` or `changed` otherwise
   * @throws `bad-device`, `bad-value`; `no-controller`: not there, or its node cannot be opened now, which a controller that
   * is not live answers with EAGAIN (measured); `owned`, with the owner; `changed`; `unknown-owner`, unless it is a steal;
   * `damaged`; `busy`: others are changing it right now; `no-sysfs`, `io`
   */
  claim(device: string, owner: string, options: ClaimOptions = {}): Claimed {
    const { steal = false, incarnation, from } = options
    return this.run((sys, layout) => claim(sys, layout, device, owner, steal, incarnation, from))
  }

  /**
   * Makes a live controller unowned.
   *
   * @param options `owner`: only if this is its owner, `owned` otherwise; `incarnation`: as for {@link claim}
   * @returns who owned it until now; undefined: it was unowned already, and nothing was changed
   * @throws `bad-device`, `no-controller`, `owned`, `unknown-owner`, `damaged`, `busy`, `no-sysfs`, `io`
   */
  release(device: string, options: ReleaseOptions = {}): string | undefined {
    return this.run((sys, layout) => release(sys, layout, device, options.owner, options.incarnation))
  }

  /**
   * Sets a private attribute of a live controller's entry, in one step for every reader. Where there is no entry it makes
   * one; the controller stays unowned.
   *
   * @param attribute `[A-Za-z0-9_-]{1,64}`, and none of `owner`, `seqnum` and `incarnation`
   * @param expected only in the entry of this incarnation, and of this owner
   * @throws `bad-device`, `bad-attribute`, `reserved-attribute`, `bad-value`, `no-controller`, `owned`, `changed`,
   * `unknown-owner`, `damaged`, `busy`, `no-sysfs`, `io`: nothing is made then
   */
  update(device: string, attribute: string, value: string, expected: Expected = {}): void {
    this.run((sys, layout) => updateAttribute(sys, layout, device, attribute, value, expected))
  }

  /**
   * Removes a private attribute of the live controller's entry, damaged ones too. Makes nothing and needs no node in /dev.
   *
   * @param expected as for {@link update}
   * @returns whether it was there
   * @throws `bad-device`, `bad-attribute`, `reserved-attribute`, `no-controller`, `owned`, `changed`, `unknown-owner`, `damaged`
   * (the entry is no directory), `no-sysfs`, `io`
   */
  remove(device: string, attribute: string, expected: Expected = {}): boolean {
    return this.run((sys, layout) => removeAttribute(sys, layout, device, attribute, expected))
  }

  /**
   * Removes a device's entry, whoever owns it and whether it lives or not: a person's way to a clean slate. A live one goes
   * in one step for every reader.
   *
   * @param expected only the entry that {@link entry} has shown: of this `incarnation` (of an entry that has none: while the
   * name is this one's), and of this `owner`, whether its controller lives or not
   * @returns whether there was one
   * @throws `bad-device`; `no-controller`: the entry is another incarnation's; `owned`, `changed`, `unknown-owner`; `damaged` for
   * what cannot be removed, and nothing is taken then; `busy`, `no-sysfs`, `io`
   */
  delete(device: string, expected: Expected = {}): boolean {
    return this.run((sys, layout) => deleteEntry(sys, layout, device, expected))
  }

  /**
   * Removes a device's entry if its controller is certainly gone: for a remove event, or without one. A live controller's
   * is never touched, whatever the event says.
   *
   * @param seqnum SEQNUM of the remove event, from udev's environment: 1 to 20 digits. It decides about entries without
   * `incarnation` only (libnvme's)
   * @throws `bad-device`, `bad-value` for a SEQNUM that is none, `io`. Damage and a missing sysfs are reasons to keep
   */
  reap(device: string, seqnum?: string): Reaped {
    return this.run((sys, layout) => reap(sys, layout, device, seqnum))
  }

  /**
   * Reaps every entry and clears what dead writers of ours left: unfinished entries and unfinished attributes. libnvme's
   * (`.nvmeN.tmp.*`, a `.trash.*` that is not empty) stay: their names say nothing of their writer, which may go on with them.
   *
   * @param options `dryRun`: removes nothing, and answers what it would have; whether this process may remove is not asked.
   * `onRemoved`: called for each entry as it is removed, also if the sweep fails later
   * @throws `io` if something could not be removed, `damaged` if the registry is not a directory; all else is swept first
   */
  sweep(options: { dryRun?: boolean; onRemoved?: (entry: SweptEntry<DeadReason>) => void } = {}): Swept {
    const { dryRun = false, onRemoved } = options
    return this.run((sys, layout) => (dryRun ? sweep(rehearsal(sys), layout) : sweep(sys, layout, onRemoved)))
  }
}
