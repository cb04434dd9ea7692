import type * as Net from 'node:net'
import { connectingText, leavingText } from '../announcement-text.ts'
import { RegistryError } from '../errors.ts'
import { ALIVE, type AnnouncementKind, announcementParts, type Layout, layoutBelow, within } from '../layout.ts'
import { announce, withdraw } from '../protocol/announce.ts'
import { announced, announcementNames, clearEnded, endedNames, type KnownTexts } from '../protocol/announcements.ts'
import { registryError } from '../registry-reader.ts'
import { errnoOf } from '../sys.ts'
import type { Announced, Connecting } from '../types.ts'
import { announcingSys, ListenError } from './announcing-sys.ts'

/** An announcement that this process has made. It ends with the process, at the latest. */
export interface Announcement {
  readonly name: string
  /** Takes it back. Idempotent, and never throws. */
  withdraw(): void
}

interface Loaded {
  readonly net: typeof Net
  readonly sys: ReturnType<typeof announcingSys>
}

/**
 * What the processes of one host are about to do, and have put on record before they do it: connect a controller for an owner,
 * disconnect controllers. docs/registry-format.md has the files, docs/decisions/0010-announcements.md the reasons.
 *
 * An announcement counts as long as its process lives. Which ones do is asked of their sockets, by {@link probe}; one that
 * was made since then, and one whose socket does not answer, counts as a living process's.
 *
 * Throws {@link RegistryError} and nothing else: `io`, `damaged`, `busy`, and `bad-value` for a text that cannot be one.
 */
export class Announcements {
  readonly #layout: Layout
  /** Names whose socket was found not to listen. No name is used again, so this stays true. */
  readonly #ended = new Set<string>()
  readonly #known: KnownTexts = new Map()
  #loaded: Loaded | undefined

  /** @param options.root where the host's file system begins: `/`, or a virtual host's directory */
  constructor(options: { root?: string } = {}) {
    this.#layout = layoutBelow(options.root ?? '/')
  }

  /** Announces that this process is about to connect a controller for an owner. */
  connecting(what: Connecting): Promise<Announcement> {
    return this.#announce('connecting', () => connectingText(what))
  }

  /** Announces that this process is about to disconnect controllers. @param incarnations by device */
  leaving(incarnations: ReadonlyMap<string, string>): Promise<Announcement> {
    return this.#announce('leaving', () => leavingText(incarnations))
  }

  /** Asks the sockets of all announcements which processes have ended. */
  async probe(): Promise<void> {
    const loaded = await this.#load()
    const there = this.#run(() => this.#names())
    // A name that is not there any more does not come back.
    for (const memory of [this.#ended, this.#known])
      for (const name of memory.keys()) if (!there.includes(name)) memory.delete(name)
    const names = there.filter(name => !this.#ended.has(name))
    await Promise.all(names.map(async name => (await this.#hasEnded(loaded, name)) && this.#ended.add(name)))
  }

  /**
   * Returns the announcements of living processes. Synchronous, so that nothing happens between this and what the caller looks at
   * next: who owns it, which paths there are. To be asked for first.
   *
   * @param except these are left out: the caller's own
   */
  announced(...except: readonly Announcement[]): Announced {
    const sys = this.#loaded?.sys
    return this.#run(() => {
      if (sys !== undefined)
        return announced(
          sys,
          this.#layout,
          this.#known,
          except.map(({ name }) => name),
        )
      throw new RegistryError('io', 'announcements are asked for before they were probed')
    })
  }

  /** Returns the left-overs of ended announcements, by name. */
  async leftovers(): Promise<string[]> {
    await this.probe()
    const { sys } = await this.#load()
    return this.#run(() => endedNames(sys, this.#layout))
  }

  /** Removes what ended announcements have left, and gives the names. */
  async clear(): Promise<string[]> {
    await this.probe()
    const { sys } = await this.#load()
    return this.#run(() => clearEnded(sys, this.#layout))
  }

  async #announce(kind: AnnouncementKind, text: () => Uint8Array): Promise<Announcement> {
    const { sys } = await this.#load()
    await this.probe()
    try {
      const own = announce(sys, this.#layout, kind, text())
      let withdrawn = false
      return {
        name: own.name,
        withdraw: () => {
          if (!withdrawn) withdraw(sys, this.#layout, own)
          withdrawn = true
        },
      }
    } catch (error) {
      const reason = error instanceof ListenError ? await error.reason : error
      throw registryError(this.#layout, reason)
    }
  }

  /** node:net takes a start some milliseconds, which commands that only list need not wait for. */
  async #load(): Promise<Loaded> {
    if (this.#loaded === undefined) {
      const net = await import('node:net')
      this.#loaded = { net, sys: announcingSys(net, this.#layout.root, this.#ended) }
    }
    return this.#loaded
  }

  #names(): string[] {
    const sys = this.#loaded?.sys
    const names = sys === undefined ? [] : announcementNames(sys, this.#layout)
    return names.filter(name => announcementParts(name) !== undefined)
  }

  /**
   * Only ECONNREFUSED and ENOENT say that a process has ended: EAGAIN is a listener that does not accept (a stopped process
   * with a full queue), and a listener that may not be asked (EACCES) may live.
   */
  async #hasEnded({ net, sys }: Loaded, name: string): Promise<boolean> {
    let dir: number
    try {
      dir = sys.openDir(this.#layout.announcement(name))
    } catch (error) {
      return errnoOf(error) === 'ENOENT'
    }
    try {
      return await new Promise<boolean>(resolve => {
        // Through the descriptor: a socket's address takes 107 bytes, and a root may be longer.
        const socket = net.connect(within(dir, ALIVE))
        socket.once('connect', () => resolve(false))
        socket.once('error', error => resolve(['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error) ?? '')))
        socket.once('close', () => resolve(false))
        socket.on('connect', () => socket.destroy())
      })
    } finally {
      sys.close(dir)
    }
  }

  #run<T>(use: () => T): T {
    try {
      return use()
    } catch (error) {
      throw registryError(this.#layout, error)
    }
  }
}
