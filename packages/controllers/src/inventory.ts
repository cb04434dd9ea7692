import { type Controller, directoryOf, readControllers } from './controller.ts'
import { below, subsystemInstanceOf } from './names.ts'
import { type FoundDisk, type Namespace, readDisks } from './namespace.ts'
import { attribute, namesIn, steady, type Where } from './sysfs.ts'

/**
 * One NVMe subsystem as /sys/class/nvme-subsystem shows it (drivers/nvme/host/core.c, `nvme_subsys_attrs`): all that
 * this host has of one NQN and serial number. What the kernel does not tell is undefined.
 */
export interface Subsystem {
  /** `nvme-subsys1`. Its first controller was nvme1, and that number stays taken as long as the subsystem is there. */
  readonly name: string
  /** 1 */
  readonly instance: number
  readonly nqn: string | undefined
  /** `nvm`, `discovery`, `reserved` */
  readonly type: string | undefined
  readonly model: string | undefined
  readonly serial: string | undefined
  readonly firmware: string | undefined
  /** How a path is chosen: `numa`, `round-robin`, `queue-depth`; undefined without native multipath. */
  readonly iopolicy: string | undefined
  /** The ways to it, in natural order. None: they are gone, and something still holds the last one. */
  readonly controllers: readonly Controller[]
  /** In natural order. */
  readonly namespaces: readonly Namespace[]
}

/** What a host has of NVMe, read in one pass. */
export interface Inventory {
  /** In natural order. */
  readonly subsystems: readonly Subsystem[]
  /** All of them in natural order, also those that no subsystem has (yet). */
  readonly controllers: readonly Controller[]
}

/** @throws ControllersError `no-sysfs` */
export function readInventory(where: Where): Inventory {
  const controllers = readControllers(where)
  const disks = new Map(controllers.map(controller => [controller.name, disksOf(where, controller)]))
  const base = below(where.root, '/sys/class/nvme-subsystem')
  const subsystems = namesIn(where.sysfs, base)
    .map(name => readSubsystem(where, `${base}/${name}`, name, controllers, disks))
    .filter(subsystem => subsystem !== undefined)
    .sort((a, b) => a.instance - b.instance)
  return { subsystems, controllers }
}

/** The disks below a controller; none if it is not this incarnation any more. */
function disksOf(where: Where, { name, incarnation }: Controller): FoundDisk[] {
  const directory = directoryOf(where, name)
  const disks = steady(where.sysfs, directory, inode =>
    inode === incarnation ? readDisks(where.sysfs, directory) : [],
  )
  return disks ?? []
}

function readSubsystem(
  { sysfs }: Where,
  directory: string,
  name: string,
  all: readonly Controller[],
  disks: ReadonlyMap<string, readonly FoundDisk[]>,
): Subsystem | undefined {
  const instance = subsystemInstanceOf(name)
  if (instance === undefined) return undefined
  const controllers = all.filter(controller => controller.subsystem === name)
  const read = (attr: string): string | undefined => attribute(sysfs, `${directory}/${attr}`)
  return steady(sysfs, directory, () => ({
    name,
    instance,
    nqn: read('subsysnqn'),
    type: read('subsystype'),
    model: read('model'),
    serial: read('serial'),
    firmware: read('firmware_rev'),
    iopolicy: read('iopolicy'),
    controllers,
    namespaces: namespacesOf(
      readDisks(sysfs, directory),
      controllers.flatMap(controller => (disks.get(controller.name) ?? []).map(disk => ({ disk, controller }))),
    ),
  }))
}

/** Brings each disk and the paths to it together; a path without a disk makes a namespace of its own. */
function namespacesOf(
  heads: readonly FoundDisk[],
  paths: readonly { disk: FoundDisk; controller: Controller }[],
): Namespace[] {
  const found = new Map<string, FoundDisk>()
  for (const disk of [...heads, ...paths.map(path => path.disk)]) {
    if (!found.has(disk.parsed.head)) found.set(disk.parsed.head, disk)
  }
  return [...found.values()]
    .sort((a, b) => a.parsed.instance - b.parsed.instance || a.parsed.index - b.parsed.index)
    .map(({ namespace, parsed }) => ({
      ...namespace,
      paths: paths
        .filter(({ disk }) => disk.parsed.head === parsed.head)
        .map(({ disk: { name, anaState, anaGroup }, controller }) => ({
          name,
          controller: controller.name,
          anaState,
          anaGroup,
        })),
    }))
}
