import { randomUUID } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isServed } from './control/client.ts'
import { type ControlServer, serveControl } from './control/server.ts'
import { VirtualHostError } from './errors.ts'
import { Faults } from './faults.ts'
import { type JournalLine, readJournal } from './journal.ts'
import { Driver } from './kernel/driver.ts'
import { type Controller, deviceName, type TargetNamespace } from './kernel/model.ts'
import type { Uevent } from './kernel/uevent.ts'
import { namespacesOf, Remote, realTimer, type SubsystemOptions, type Timer } from './remote.ts'
import { deleteDevice } from './sockets/delete-device.ts'
import { type Served, serveDevice } from './sockets/device-server.ts'
import { fabricsDevice } from './sockets/fabrics-device.ts'
import { describe, type HostStatus } from './status.ts'
import { boot, PRIVATE, showModules, shutDown } from './tree/boot.ts'
import { ControllerTree } from './tree/controllers.ts'
import { Stage } from './tree/stage.ts'
import { SubsystemTree } from './tree/subsystems.ts'
import { directorySurface } from './tree/surface.ts'
import { type InstalledProgram, installProgram, prepareProgram } from './udev/programs.ts'
import { parseRules } from './udev/rules.ts'
import { Udevd } from './udev/udevd.ts'
import { Uevents } from './uevents.ts'

/** What a virtual host starts with. */
export interface VirtualHostOptions {
  /** Its root directory: new, empty of dev/, sys/ and proc/, or a virtual host that no process serves any more. */
  dir: string
  /** The udev rule files, as shipped. Default none. */
  rules?: string | readonly string[] | undefined
  /** Path on the virtual host -> file of this machine. Default none. */
  programs?: Readonly<Record<string, string>> | undefined
  /** Are the nvme modules loaded from the start? Default true; see {@link VirtualHost.loadModules}. */
  modules?: boolean | undefined
  /** Online processors: the default number of I/O queues. Default 2. */
  cpus?: number | undefined
  /** Where the uevent counter stands after boot. Default 1000. */
  seqnum?: number | undefined
  /** How many udev events are worked on at once. Default 16; 1 makes their order visible. */
  udevChildren?: number | undefined
  /** Replaces the clock of ctrl_loss_tmo. */
  timer?: Timer | undefined
}

/** A running NVMe-oF host in a directory. */
export interface VirtualHost {
  /** The root: what `--root` takes. Absolute, without symbolic links. */
  readonly root: string
  readonly faults: Faults
  readonly udev: Udevd
  loadModules(): void
  addSubsystem(nqn: string, options?: SubsystemOptions): void
  removeSubsystem(nqn: string): void
  lose(nqn: string): void
  recover(nqn: string): void
  /** What {@link lose} leads to after ctrl_loss_tmo, at once. */
  expire(nqn: string): void
  /** Returns the device name. */
  addPcie(bdf: string, options?: { nqn?: string; namespaces?: number | readonly Partial<TargetNamespace>[] }): string
  /** The controller goes, with no tool involved: hot-unplugged, or given up by the kernel. */
  removeController(device: string): void
  /** Every uevent since boot. */
  events(): readonly Uevent[]
  journal(): JournalLine[]
  status(): HostStatus
  /** Ends the kernel. `remove` takes away what the start made; otherwise everything stays to be looked at. */
  stop(options?: { remove?: boolean }): Promise<void>
}

/**
 * Boots a virtual host in a directory and serves it from this process, until {@link VirtualHost.stop}. Rules and
 * programs are checked before anything is touched.
 */
export async function startVirtualHost(options: VirtualHostOptions): Promise<VirtualHost> {
  const files = [options.rules ?? []].flat()
  const rules = files.flatMap(file => parseRules(readRules(file), file))
  const prepared = Object.entries(options.programs ?? {}).map(([guest, host]) => prepareProgram(guest, host))
  if (await isServed(options.dir)) {
    throw new VirtualHostError('already-serving', `a process serves ${options.dir} already`)
  }
  boot(resolve(options.dir))
  const root = realpathSync(options.dir)
  const programs = prepared.map(each => installProgram(root, each))
  const udevd = new Udevd(root, rules, options.udevChildren)
  const host = new DirectoryHost(root, udevd, programs, options)
  if (options.modules !== false) host.loadModules()
  return host
}

class DirectoryHost implements VirtualHost {
  readonly root: string
  readonly faults = new Faults()
  readonly udev: Udevd
  readonly #programs: readonly InstalledProgram[]
  readonly #stage: Stage
  readonly #uevents: Uevents
  readonly #controllers: ControllerTree
  readonly #driver: Driver
  readonly #remote: Remote
  readonly #control: ControlServer
  #fabrics: Served | undefined
  #stopped = false

  constructor(root: string, udev: Udevd, programs: readonly InstalledProgram[], options: VirtualHostOptions) {
    this.root = root
    this.udev = udev
    this.#programs = programs
    const stage = new Stage(join(root, PRIVATE, 'stage'))
    this.#stage = stage
    this.#uevents = new Uevents(root, stage, options.seqnum ?? 1000, event => udev.enqueue(event))
    this.#controllers = new ControllerTree(root, stage, join(root, PRIVATE, 'graveyard'), controller =>
      deleteDevice(() => this.#driver, controller),
    )
    const surface = directorySurface(this.#controllers, new SubsystemTree(root, stage), event =>
      this.#uevents.send(event),
    )
    const hostid = randomUUID()
    const hostnqn = `nqn.2014-08.org.nvmexpress:uuid:${hostid}`
    this.#driver = new Driver(surface, { hostnqn, hostid, cpus: options.cpus ?? 2 })
    this.#remote = new Remote(this.#driver, options.timer ?? realTimer)
    this.#control = serveControl(this)
    stage.socket(join(root, PRIVATE, 'control'), this.#control.server, 0o600)
  }

  loadModules(): void {
    if (this.#fabrics !== undefined) return
    showModules(this.root)
    this.#fabrics = serveDevice(fabricsDevice(this.#driver, this.faults))
    this.#stage.socket(join(this.root, 'dev/nvme-fabrics'), this.#fabrics.server, 0o600)
  }

  addSubsystem(nqn: string, options: SubsystemOptions = {}): void {
    this.#remote.add(nqn, options)
  }

  removeSubsystem(nqn: string): void {
    this.#remote.remove(nqn)
  }

  lose(nqn: string): void {
    this.#remote.lose(nqn)
  }

  recover(nqn: string): void {
    this.#remote.recover(nqn)
  }

  expire(nqn: string): void {
    this.#remote.expire(nqn)
  }

  addPcie(bdf: string, options: Parameters<VirtualHost['addPcie']>[1] = {}): string {
    if (!/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(bdf)) {
      throw new VirtualHostError('usage', `not a PCI address like 0000:01:00.0: ${bdf}`)
    }
    if (this.#driver.controllers().some(each => each.bdf === bdf)) {
      throw new VirtualHostError('usage', `there is a controller at ${bdf}`)
    }
    this.loadModules()
    const serial = bdf.replaceAll(/[:.]/g, '').toUpperCase()
    const { nqn = `nqn.2014-08.org.nvmexpress:uuid:${randomUUID()}`, namespaces = 1 } = options
    return deviceName(this.#driver.addPcie({ bdf, nqn, serial, namespaces: namespacesOf(namespaces) }))
  }

  removeController(device: string): void {
    this.#driver.remove(this.#controller(device))
  }

  events(): readonly Uevent[] {
    return this.#uevents.history
  }

  journal(): JournalLine[] {
    return readJournal(this.root)
  }

  status(): HostStatus {
    return describe(this.#driver, this.udev, {
      dir: this.root,
      modules: this.#fabrics !== undefined,
      seqnum: this.#uevents.seqnum,
      programs: this.#programs,
    })
  }

  async stop({ remove = false }: { remove?: boolean } = {}): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#driver.halt()
    this.#control.close()
    this.#remote.close()
    this.#fabrics?.crash()
    this.#controllers.close()
    this.faults.clear()
    await this.udev.shutdown()
    this.#stage.close()
    if (remove) shutDown(this.root)
  }

  #controller(device: string): Controller {
    const found = this.#driver.controllers().find(each => deviceName(each) === device)
    if (found === undefined) throw new VirtualHostError('unknown-controller', `no controller ${device}`)
    return found
  }
}

function readRules(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new VirtualHostError('bad-rules', `cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
}
