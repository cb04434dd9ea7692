import type { AnnouncingSys } from '../src/announcing-sys.ts'
import { DELETED, RELEASED } from '../src/layout.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { MemoryFs, SysError } from './memory-fs.ts'

/** The device of all scenarios: one number is what everybody fights for. */
export const DEVICE = 'nvme0'
/** A second controller, where two lead to one disk. Its number is not given away again. */
export const SECOND = 'nvme1'
export const ENTRY = `/run/nvme/registry/${DEVICE}`
const ANNOUNCED = '/run/nvme/registry/.announced'
const NODE = `/dev/${DEVICE}`
const CLASS = `/sys/class/nvme/${DEVICE}`

/** Whoever makes the world as it is at first; no process of a scenario may be called so. */
export const BEFORE = 'before'

/** What a program can do beside the registry's system calls: have to do with the kernel and udevd. */
export interface Kernel {
  /** Connects a controller: waits until the number is free, makes it, and pins it (K1). */
  connect(): void
  /** Lets go of the pin that connect made. */
  unpin(): void
  /** Waits for a remove event of the device and gives its SEQNUM. */
  removeEvent(): string
  /** Opens delete_controller: the incarnation that it will act on, or undefined if there is no controller. */
  holdDelete(device?: string): string | undefined
  /** Writes to it (K6): true if that incarnation was there and goes now, its event included. */
  deleteHeld(incarnation: string, device?: string): boolean
}

export type ProgramSys = AnnouncingSys & Kernel

const DIRECTORIES =
  '/run /run/nvme /run/nvme/registry /sys /sys/class /sys/class/nvme /sys/kernel /dev /proc /proc/self /proc/self/ns'.split(
    ' ',
  )

/** Why a call cannot be performed yet. */
export class Blocked extends Error {}

/** One host: its files and what the kernel keeps about the one controller number. */
export class World {
  readonly fs: MemoryFs
  /** None can tell that another process has ended. */
  readonly apart: boolean
  readonly #build: AnnouncingSys
  #seqnum = 100
  #lastNode = ''
  #leaving = false
  #pins = new Set<string>()
  #events: number[] = []
  #tokens = new Map<string, number>()
  #alive = new Set<number>()

  /** @param from a world of which this one is to be a copy; without it, a host that has just booted */
  private constructor(fs: MemoryFs, from?: World, apart = from?.apart ?? false) {
    this.fs = fs
    this.apart = apart
    this.#build = fs.sysFor('boot', () => 'boot')
    if (from === undefined) return
    this.#seqnum = from.#seqnum
    this.#lastNode = from.#lastNode
    this.#leaving = from.#leaving
    this.#pins = new Set(from.#pins)
    this.#events = [...from.#events]
    this.#tokens = new Map(from.#tokens)
    this.#alive = new Set(from.#alive)
  }

  /** @param apart each process is in a pid namespace of its own */
  static boot(processes: readonly string[], apart = false): World {
    const world = new World(new MemoryFs(), undefined, apart)
    for (const dir of DIRECTORIES) world.#build.mkdir(dir, 0o755)
    world.#write('/proc/self/ns/pid', '')
    processes.forEach((_name, i) => world.#alive.add(i + 1))
    world.#writeSeqnum()
    return world
  }

  clone(): World {
    return new World(this.fs.clone(), this)
  }

  key(): string {
    const tokens = [...this.#tokens].map(([who, count]) => who + count)
    const lists = [[...this.#pins].sort(), this.#events, tokens.sort(), [...this.#alive].sort()].map(list =>
      list.join(),
    )
    return [this.fs.key(), ...lists, this.#held(), this.#leaving].join('#')
  }

  /** The node of the last controller, as long as it may keep the number. */
  #held(): string {
    return this.live() !== undefined || this.fs.isHeld(this.#lastNode) ? this.#lastNode : ''
  }

  /** The port of the process `name`, the `pid`-th of the scenario. */
  sysFor(name: string, pid: number): ProgramSys {
    const token = () => {
      const count = (this.#tokens.get(name) ?? 0) + 1
      this.#tokens.set(name, count)
      return `${this.#build.stat('/proc/self/ns/pid').ino}-${pid}-${name}x${count}`
    }
    return {
      ...this.fs.sysFor(name, token, other => !this.apart && !this.#alive.has(other)),
      connect: () => {
        if (!this.numberIsFree()) throw new Blocked()
        this.appear()
        this.#pins.add(name)
      },
      unpin: () => void this.#pins.delete(name),
      removeEvent: () => {
        const event = this.#events.shift()
        if (event === undefined) throw new Blocked()
        return String(event)
      },
      holdDelete: device => this.live(device),
      deleteHeld: (incarnation, device) => {
        if (this.live(device) !== incarnation) return false
        // The kernel is taking it down already: a write succeeds, and changes nothing.
        if (device !== SECOND && this.#leaving) return false
        if (device === SECOND) {
          this.#build.unlink(`/dev/${SECOND}`)
          this.#build.rmdir(`/sys/class/nvme/${SECOND}`)
          return true
        }
        this.loseNode()
        this.loseClass()
        this.emitRemove()
        return true
      },
    }
  }

  live(device = DEVICE): string | undefined {
    const path = `/sys/class/nvme/${device}`
    return this.#exists(path) ? this.#build.stat(path).ino : undefined
  }

  /** The second controller appears. */
  appearSecond(): void {
    this.#build.mkdir(`/sys/class/nvme/${SECOND}`, 0o755)
    this.#write(`/dev/${SECOND}`, '')
  }

  /** Every name among the announcements. */
  announcementNames(): string[] {
    return this.#exists(ANNOUNCED) ? this.#build.readdir(ANNOUNCED) : []
  }

  /**
   * K1 and K4: a number is handed out again at once, but not while it is pinned, and not before the remove event of its last
   * holder was emitted: the id is given back with the device's last reference (nvme_free_ctrl), which device_del still holds.
   */
  numberIsFree(): boolean {
    return this.live() === undefined && !this.#leaving && this.#pins.size === 0 && !this.fs.isHeld(this.#lastNode)
  }

  /** A new incarnation, with an add event of its own. */
  appear(): void {
    this.#build.mkdir(CLASS, 0o755)
    this.#write(NODE, '')
    this.#lastNode = this.#build.stat(NODE).ino
    this.#emit()
  }

  /** K2, step by step: the node goes, then the class link, then the remove event is emitted. */
  loseNode(): void {
    this.#leaving = true
    this.#build.unlink(NODE)
  }

  loseClass(): void {
    this.#build.rmdir(CLASS)
  }

  /** @param handlers how many rules of udev each start a process for it */
  emitRemove(handlers = 1): void {
    this.#leaving = false
    const seqnum = this.#emit()
    for (let i = 0; i < handlers; i++) this.#events.push(seqnum)
  }

  pendingEvents(): number {
    return this.#events.length
  }

  /** A process ends: its descriptors and pins go, and its pid. */
  end(name: string, pid: number): void {
    this.fs.closeAll(name)
    this.#pins.delete(name)
    this.#alive.delete(pid)
  }

  /** How much a process that has ended has made tells nothing about what is to come; worlds that differ in it alone are one. */
  forget(name: string): void {
    this.fs.forgetMaker(name)
    this.#tokens.delete(name)
  }

  /** The entry as the disk has it now: undefined, or its files by name; `.released` or `.deleted` in the place of an owner that is none. */
  entry(): { ino: string; files: Record<string, string> } | undefined {
    if (!this.#exists(ENTRY)) return undefined
    const files: Record<string, string> = {}
    for (const name of this.#build.readdir(ENTRY)) files[name] = this.#read(`${ENTRY}/${name}`)
    for (const mark of [RELEASED, DELETED]) {
      if (files['owner'] !== `-> ${mark}`) continue
      delete files['owner']
      files[mark] = ''
    }
    return { ino: this.#build.stat(ENTRY).ino, files }
  }

  registryNames(): string[] {
    return this.#build.readdir('/run/nvme/registry')
  }

  /** Is this name of the registry's an empty directory? */
  isEmpty(name: string): boolean {
    return this.#build.readdir(`/run/nvme/registry/${name}`).length === 0
  }

  #emit(): number {
    this.#seqnum++
    this.#build.unlink('/sys/kernel/uevent_seqnum')
    this.#writeSeqnum()
    return this.#seqnum
  }

  #writeSeqnum(): void {
    this.#write('/sys/kernel/uevent_seqnum', `${this.#seqnum}\n`)
  }

  #write(path: string, text: string): void {
    this.#build.writeFile(path, encodeUtf8(text), 0o644)
  }

  #read(path: string): string {
    try {
      const file = this.#build.readFile(path, 4098)
      return file.kind === 'file' ? String.fromCharCode(...file.bytes).trim() : ''
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'ELOOP') throw error
      return `-> ${this.#build.readlink(path)}`
    }
  }

  #exists(path: string): boolean {
    try {
      this.#build.stat(path)
      return true
    } catch (error) {
      if (error instanceof SysError && error.code === 'ENOENT') return false
      throw error
    }
  }
}
