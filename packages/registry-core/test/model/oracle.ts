import type { Claimed, Entry, Ownership, Published, Reaped, Swept } from '../../src/types.ts'

/** What is registered for one device, as plain data. */
interface Registered {
  /** undefined: libnvme's. */
  incarnation?: string
  seqnum?: string
  owner?: string
  readonly attributes: Map<string, string>
  /** What stays of a deleted entry while its controller lives: none for every reader. */
  deleted?: true
}

/** A refusal, by its code. */
export type Refused = { readonly refused: 'no-controller' } | { readonly refused: 'owned'; readonly owner: string }
const noController: Refused = { refused: 'no-controller' }

/** The registry's contract over plain maps: what each call is to answer, and what is registered after it. */
export class Oracle {
  readonly #live = new Map<string, string>()
  readonly #entries = new Map<string, Registered>()
  /** The kernel's uevent number, which each new entry is stamped with. */
  seqnum = '0'

  isLive = (device: string): boolean => this.#live.has(device)
  appear = (device: string, incarnation: string): void => void this.#live.set(device, incarnation)
  disappear = (device: string): void => void this.#live.delete(device)

  publish(device: string, owner: string): Published {
    const live = this.#live.get(device)
    if (live === undefined) return { outcome: 'gone' }
    const entry = this.#entries.get(device)
    if (entry === undefined || entry.incarnation !== live) {
      this.#make(device, live).owner = owner
      return { outcome: 'published' }
    }
    if (entry.owner === owner) return { outcome: 'already-ours' }
    if (entry.owner !== undefined) return { outcome: 'owned', owner: entry.owner }
    entry.owner = owner
    delete entry.deleted
    return { outcome: 'claimed' }
  }

  claim(device: string, owner: string, steal: boolean): Claimed | Refused {
    const live = this.#live.get(device)
    if (live === undefined) return noController
    const entry = this.#current(device) ?? this.#make(device, live)
    const from = entry.owner
    if (from !== undefined && from !== owner && !steal) return { refused: 'owned', owner: from }
    entry.owner = owner
    entry.incarnation = live
    delete entry.deleted
    if (from === undefined) return { outcome: 'claimed' }
    return from === owner ? { outcome: 'already-ours' } : { outcome: 'stolen', from }
  }

  release(device: string, expected: string | undefined): string | undefined | Refused {
    if (!this.isLive(device)) return noController
    const entry = this.#current(device)
    const owner = entry?.owner
    if (entry === undefined || owner === undefined) return undefined
    if (expected !== undefined && expected !== owner) return { refused: 'owned', owner }
    delete entry.owner
    return owner
  }

  update(device: string, name: string, value: string): undefined | Refused {
    const live = this.#live.get(device)
    if (live === undefined) return noController
    const entry = this.#current(device) ?? this.#make(device, live)
    entry.attributes.set(name, value)
    entry.incarnation = live
    delete entry.deleted
    return undefined
  }

  remove(device: string, name: string): boolean {
    return this.#current(device)?.attributes.delete(name) ?? false
  }

  delete(device: string): boolean {
    const entry = this.#entries.get(device)
    if (entry?.incarnation === undefined || entry.incarnation !== this.#live.get(device))
      return this.#entries.delete(device)
    const was = entry.deleted !== true
    entry.deleted = true
    delete entry.owner
    entry.attributes.clear()
    return was
  }

  reap(device: string, event: string | undefined): Reaped {
    const entry = this.#entries.get(device)
    if (entry === undefined) return { outcome: 'none' }
    const { owner, seqnum } = entry
    const known = { ...(owner === undefined ? {} : { owner }), ...(seqnum === undefined ? {} : { seqnum }) }
    const live = this.#live.get(device)
    const removed = (reason: (Reaped & { outcome: 'removed' })['reason']): Reaped => {
      this.#entries.delete(device)
      return { outcome: 'removed', reason, ...known }
    }
    if (live === undefined) return removed('controller-gone')
    if (entry.incarnation === live)
      return entry.deleted === true ? { outcome: 'none' } : { outcome: 'kept', reason: 'alive', ...known }
    if (entry.incarnation !== undefined) return removed('number-recycled')
    const older = event !== undefined && seqnum !== undefined && Number(event) > Number(seqnum)
    return older ? removed('older-than-event') : { outcome: 'kept', reason: 'unproven', ...known }
  }

  sweep(devices: readonly string[]): Swept {
    const removed: Swept['removed'][number][] = []
    const kept: Swept['kept'][number][] = []
    for (const device of devices) {
      const reaped = this.reap(device, undefined)
      if (reaped.outcome === 'none') continue
      const { owner, seqnum } = reaped
      const known = { ...(owner === undefined ? {} : { owner }), ...(seqnum === undefined ? {} : { seqnum }) }
      if (reaped.outcome === 'removed') removed.push({ device, reason: reaped.reason, ...known })
      else kept.push({ device, reason: reaped.reason, ...known })
    }
    return { removed, kept, leftovers: [] }
  }

  /** libnvme's connect: whatever was there is replaced. */
  libnvmeCreate(device: string, owner: string): void {
    this.#entries.set(device, { owner, seqnum: this.seqnum, attributes: new Map() })
  }

  libnvmeDelete(device: string): void {
    this.#entries.delete(device)
  }

  /** libnvme's update: into whatever is there, or into a new directory without a stamp. */
  libnvmeUpdate(device: string, name: string, value: string): void {
    const entry = this.#entries.get(device) ?? { attributes: new Map<string, string>() }
    entry.attributes.set(name, value)
    this.#entries.set(device, entry)
  }

  ownerOf(device: string): Ownership {
    const entry = this.#entries.get(device)
    if (entry === undefined || entry.deleted === true) return { state: 'unowned', reason: 'no-entry' }
    const current = this.#current(device)
    if (current === undefined) return { state: 'unowned', reason: 'stale' }
    return current.owner === undefined
      ? { state: 'unowned', reason: 'no-owner' }
      : { state: 'owned', owner: current.owner }
  }

  entry(device: string): Entry | undefined {
    const entry = this.#entries.get(device)
    if (entry === undefined || entry.deleted === true) return undefined
    const { attributes, deleted: _, ...reserved } = entry
    const gone = this.isLive(device) ? 'another controller has this name now' : 'its controller is gone'
    return {
      device,
      ...(this.#current(device) === undefined ? { state: 'stale', reason: gone } : { state: 'live' }),
      ...reserved,
      attributes: Object.fromEntries(attributes),
      damagedAttributes: {},
    }
  }

  retrieve(device: string, name: string): string | undefined {
    const current = this.#current(device)
    if (current?.deleted === true) return undefined
    return name === 'owner' ? current?.owner : current?.attributes.get(name)
  }

  /** The live controller's entry: its own, or libnvme's, which does not say whose it is. */
  #current(device: string): Registered | undefined {
    const live = this.#live.get(device)
    const entry = this.#entries.get(device)
    if (live === undefined || entry === undefined) return undefined
    return entry.incarnation === undefined || entry.incarnation === live ? entry : undefined
  }

  #make(device: string, incarnation: string): Registered {
    const made: Registered = { incarnation, seqnum: this.seqnum, attributes: new Map() }
    this.#entries.set(device, made)
    return made
  }
}
