import { basename } from 'node:path'
import { RegistryError } from '../errors.ts'
import { INCARNATION, type Layout, OWNER } from '../layout.ts'
import { isDevice } from '../names.ts'
import { devicesIn, ownerOf } from '../protocol/read.ts'
import type { ReapSys } from '../sys.ts'
import type { Ownership, OwnershipChange } from '../types.ts'
import { DirectoryWatches } from './directory-watch.ts'

/**
 * inotify drops events when 16,384 of them (fs.inotify.max_queued_events) wait for a busy process, and Node does not pass
 * the news on. So many at once are doubt enough to read everything again, long before.
 */
const DOUBTFUL_BURST = 1000

const NO_ENTRY: Ownership = { state: 'unowned', reason: 'no-entry' }

/**
 * What the registry says, and which part of that has to be read again.
 *
 * Events only mark what is to be read: no event is trusted to say what happened. A directory is always watched before it
 * is read, and its parent before it, so that whatever happens after a reading marks it again.
 */
export class WatchedRegistry {
  readonly #sys: ReapSys
  readonly #layout: Layout
  readonly #marked: () => void
  readonly #watches: DirectoryWatches
  readonly #known = new Map<string, Ownership>()
  /** Devices to read again; true: their directory may be another one now. */
  readonly #dirty = new Map<string, boolean>()
  #doubtful = true
  #first = true
  #heard = 0

  /** @param marked there is something to read */
  constructor(sys: ReapSys, layout: Layout, marked: () => void) {
    this.#sys = sys
    this.#layout = layout
    this.#marked = marked
    this.#watches = new DirectoryWatches(layout.root, () => this.#doubt())
  }

  /** Reads what is marked; gives the changes, in natural order after a full reading. @throws `io`, `damaged` */
  changes(): OwnershipChange[] {
    this.#heard = 0
    const devices = this.#doubtful ? this.#startOver() : this.#dirty
    const changes = [...devices].flatMap(([device, replaced]) => this.#read(device, replaced))
    this.#dirty.clear()
    this.#first = false
    return changes
  }

  close(): void {
    this.#watches.closeAll()
  }

  /** Watches the registry and all that leads to it, outermost first, as far as it exists; then every device is to be read. */
  #startOver(): Map<string, boolean> {
    this.#doubtful = false
    this.#watches.closeAll()
    const { root, registry, registryParents } = this.#layout
    const missing = [root, ...registryParents.slice(0, -1)].find(
      (path, i) =>
        !this.#watches.open(path, name => {
          this.#count()
          if (name === null || name === basename(path) || name === basename(registryParents[i] as string)) this.#doubt()
        }),
    )
    // Nothing tells when a root appears.
    if (missing === root) throw new RegistryError('io', `${root} is not there`)
    if (missing === undefined) this.#watches.open(registry, name => this.#heardInRegistry(name))
    const devices = new Set([...devicesIn(this.#sys, this.#layout), ...this.#known.keys()])
    return new Map([...devices].map(device => [device, true]))
  }

  #heardInRegistry(name: string | null): void {
    this.#count()
    if (name === null || name === basename(this.#layout.registry)) this.#doubt()
    // Staging directories and strangers have other names.
    else if (isDevice(name)) this.#mark(name, true)
  }

  /** What becomes of the directory itself, the registry's watch tells. */
  #heardInEntry(device: string, name: string | null): void {
    this.#count()
    if (name === null || name === OWNER || name === INCARNATION) this.#mark(device, false)
  }

  #count(): void {
    this.#heard++
    if (this.#heard > DOUBTFUL_BURST) this.#doubt()
  }

  #mark(device: string, replaced: boolean): void {
    this.#dirty.set(device, replaced || this.#dirty.get(device) === true)
    this.#marked()
  }

  #doubt(): void {
    this.#doubtful = true
    this.#marked()
  }

  #read(device: string, replaced: boolean): OwnershipChange[] {
    if (replaced) this.#watches.open(this.#layout.entry(device), name => this.#heardInEntry(device, name))
    const previous = this.#known.get(device) ?? NO_ENTRY
    const ownership = ownerOf(this.#sys, this.#layout, device)
    const absent = ownership.state === 'unowned' && ownership.reason === 'no-entry'
    if (absent) this.#known.delete(device)
    else this.#known.set(device, ownership)
    if (this.#first) return absent ? [] : [{ device, ownership }]
    return same(previous, ownership) ? [] : [{ device, ownership, previous }]
  }
}

/** Why a controller is unowned, or unreadable, is no part of who owns it. */
function same(a: Ownership, b: Ownership): boolean {
  return a.state === b.state && ownerIn(a) === ownerIn(b)
}

const ownerIn = (ownership: Ownership): string | undefined =>
  ownership.state === 'owned' ? ownership.owner : undefined
