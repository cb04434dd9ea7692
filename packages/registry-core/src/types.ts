/** Who owns a controller, as far as the registry can tell. `unknown` must be treated as owned by somebody else. */
export type Ownership =
  | { readonly state: 'owned'; readonly owner: string }
  | {
      readonly state: 'unowned'
      /** `stale`: there is an entry, but it is a dead controller's. `no-owner`: an entry without the file `owner`. */
      readonly reason: 'no-entry' | 'no-owner' | 'stale'
    }
  | {
      readonly state: 'unknown'
      /** One line for a human; not to be parsed. */
      readonly reason: string
    }

/** The owner that a caller has seen: a name; null: unowned; `unreadable`: there is one, and it cannot be read. */
export type SeenOwner = string | null | { readonly unreadable: true }

/** The state of a controller that a caller has seen: a method that is given it acts on that state, or changes nothing. */
export interface Expected {
  /** Only this incarnation of the name (from the inventory); `no-controller` for another one. */
  readonly incarnation?: string | undefined
  /** Only what has this owner; otherwise `owned`, `changed` (unowned now) or `unknown-owner`. */
  readonly owner?: SeenOwner | undefined
}

/** Options of {@link Registry.claim}. */
export interface ClaimOptions extends Pick<Expected, 'incarnation'> {
  readonly steal?: boolean
  readonly from?: SeenOwner | undefined
}

/** Options of {@link Registry.release}. */
export interface ReleaseOptions extends Pick<Expected, 'incarnation'> {
  /** null: only what is unowned, of which nothing is released; `owned` otherwise. */
  readonly owner?: string | null | undefined
}

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
  /** /sys/kernel/uevent_seqnum when the entry was made, as it stands there: digits, unless a stranger wrote it. */
  readonly seqnum?: string
  /**
   * Decimal inode number of /sys/class/nvme/nvmeN/, up to 64 bits: compare it as text. Absent in libnvme's entries;
   * `condemned` in one that a cleaner is removing.
   */
  readonly incarnation?: string
  /** The owner's private attributes, names sorted. Damaged ones are left out and named in `damagedAttributes`. */
  readonly attributes: Readonly<Record<string, string>>
  /** Attribute to reason (`longer than 4096 bytes`), the reserved ones included; one line each, for a human. */
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
  /** The entry is there, complete, and the controller was still there afterwards. */
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
  /** `claimed`: nobody owned it. `already-ours`: the same owner did, and nothing was written. `stolen`: somebody else did. */
  readonly outcome: 'claimed' | 'already-ours' | 'stolen'
  /** Whom it was taken from, with `stolen`; absent if that could not be read. */
  readonly from?: string
}

/** What a reap found and did. `owner` and `seqnum` are the entry's, where they could be read. */
export type Reaped =
  /** There was no entry, or another cleaner removed it. */
  | { readonly outcome: 'none' }
  | { readonly outcome: 'removed'; readonly reason: DeadReason; readonly owner?: string; readonly seqnum?: string }
  | { readonly outcome: 'kept'; readonly reason: KeptReason; readonly owner?: string; readonly seqnum?: string }

/** How it is known that an entry's controller is gone. */
export type DeadReason =
  /** /sys/class/nvme has no such name: the class link goes before the remove event is emitted (drivers/base/core.c). */
  | 'controller-gone'
  /** The name is another incarnation's now: /sys/class/nvme/nvmeN/ has another inode number. */
  | 'number-recycled'
  /** An entry without `incarnation` whose stamp is less than the remove event's SEQNUM: both count uevents. */
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

/** The totals of a sweep; of a dry run, what they would be. */
export interface Swept {
  readonly removed: readonly SweptEntry<DeadReason>[]
  readonly kept: readonly SweptEntry<KeptReason>[]
  /** Left-overs of writers that died, by name: `.nvme3.new.…`, an entry that never got its name, and `nvme3/note.tmp.…`, a value. */
  readonly leftovers: readonly string[]
}

/**
 * The text of a `connecting` announcement: a process is about to connect this controller for an owner. A part
 * that is not given may have any value.
 */
export interface Connecting {
  readonly owner?: string
  readonly transport?: string
  readonly traddr?: string
  readonly trsvcid?: string
  readonly hostTraddr?: string
  readonly hostIface?: string
  readonly nqn?: string
  readonly hostnqn?: string
}

/** The announcements of living processes. undefined: an announcement that cannot be read; it may be about any controller. */
export interface Announced {
  readonly connecting: readonly (Connecting | undefined)[]
  /** Controllers that a process is about to disconnect, or is disconnecting: incarnations by device. */
  readonly leaving: readonly (ReadonlyMap<string, string> | undefined)[]
}
