/** Who owns a controller, as far as the registry can tell. `unknown` must be treated as owned by somebody else. */
export type Ownership =
  | { readonly state: 'owned'; readonly owner: string }
  | {
      readonly state: 'unowned'
      /** `stale`: there is an entry, but it is a dead controller's. */
      readonly reason: 'no-entry' | 'no-owner' | 'stale'
    }
  | { readonly state: 'unknown'; readonly reason: string }

/**
 * What an entry is worth.
 * - `live`: its controller is there.
 * - `stale`: its controller is gone, `reason` says how that is known; it is removed by the next reap or sweep.
 * - `damaged`: it cannot be read, `reason` says why; nothing of ours removes or overwrites it.
 */
export type EntryState = 'live' | 'stale' | 'damaged'

/** Everything that is registered for one device, read through one directory, so that it belongs together. */
export interface Entry {
  /** `nvme3` */
  readonly device: string
  readonly state: EntryState
  /** For `stale` and `damaged`, one line for a human. */
  readonly reason?: string
  /** undefined: unowned, or unreadable when `damaged`. */
  readonly owner?: string
  /** /sys/kernel/uevent_seqnum when the entry was made, as text. */
  readonly seqnum?: string
  /** Inode number of the controller's sysfs directory; absent in libnvme's entries. */
  readonly incarnation?: string
  /** The owner's private attributes, names sorted. Damaged ones are left out and named in `damagedAttributes`. */
  readonly attributes: Readonly<Record<string, string>>
  readonly damagedAttributes: Readonly<Record<string, string>>
}

/** News of a {@link Registry.watch}. */
export interface OwnershipChange {
  /** `nvme3` */
  readonly device: string
  readonly ownership: Ownership
  /** What was told last of this device; undefined: this is the state that the watch began with. */
  readonly previous?: Ownership
}

/** What became of a {@link Registry.publish}. */
export type Published =
  | { readonly outcome: 'published' }
  /** Somebody registered this very controller first, for the same owner: nothing was left to do. */
  | { readonly outcome: 'already-ours' }
  /** Somebody registered this very controller first, for nobody: it was claimed. */
  | { readonly outcome: 'claimed' }
  /** Somebody else claimed this very controller first; it is theirs. */
  | { readonly outcome: 'owned'; readonly owner: string }
  /** The controller went away meanwhile; nothing was left behind. */
  | { readonly outcome: 'gone' }

/** What became of a {@link Registry.claim}. A claim that is refused throws `owned`. */
export interface Claimed {
  readonly outcome: 'claimed' | 'already-ours' | 'stolen'
  /** Whom it was taken from, with `stolen`. */
  readonly from?: string
}

/** What a reap found and did. */
export type Reaped =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'removed'; readonly reason: DeadReason; readonly owner?: string; readonly seqnum?: string }
  | { readonly outcome: 'kept'; readonly reason: KeptReason; readonly owner?: string; readonly seqnum?: string }

/** How it is known that an entry's controller is gone. */
export type DeadReason =
  /** /sys/class/nvme has no such name. */
  | 'controller-gone'
  /** The name is somebody else's now: another incarnation. */
  | 'number-recycled'
  /** An entry without our identity, older than the remove event. */
  | 'older-than-event'

/** Why an entry was left. */
export type KeptReason =
  /** Its controller lives. */
  | 'alive'
  /** Nothing tells (libnvme's entry, and no event or no readable stamp). */
  | 'unproven'
  /** sysfs cannot be read here. */
  | 'no-sysfs'
  /** Not something that we understand. */
  | 'damaged'
  /** A system call that reads it fails (EIO, EACCES ...). Only a sweep says so; a single reap throws `io`. */
  | 'unreadable'

/** One entry of a sweep: what it said, where that could be read. */
export interface SweptEntry<Reason> {
  /** `nvme3` */
  readonly device: string
  readonly reason: Reason
  readonly owner?: string
  /** The entry's stamp. */
  readonly seqnum?: string
}

/** The totals of a sweep. */
export interface Swept {
  readonly removed: readonly SweptEntry<DeadReason>[]
  readonly kept: readonly SweptEntry<KeptReason>[]
  /** Left-overs of writers that died, by name: `.nvme3.new.…`, an entry that never got its name, and `nvme3/note.tmp.…`, a value. */
  readonly leftovers: readonly string[]
}
