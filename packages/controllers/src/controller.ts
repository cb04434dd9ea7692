import { type Address, parseAddress } from './address.ts'
import { ControllersError, errnoOf, readFailure } from './errors.ts'
import { below, instanceOf, subsystemInstanceOf } from './names.ts'
import { attribute, decimal, namesIn, steady, unlessErrno, type Where } from './sysfs.ts'

/** What tells controllers apart, and how each of them is: half of what there is to read, for those who list thousands. */
export interface ControllerSummary {
  /** `nvme3` */
  readonly name: string
  /** 3 */
  readonly instance: number
  /**
   * Which incarnation of the name this is: the inode number of /sys/class/nvme/nvme3/, in decimal digits. The kernel
   * hands a number on at once, but never this (unique since boot). The registry stores the same value.
   */
  readonly incarnation: string
  /** `tcp`, `rdma`, `fc`, `loop`, `pcie`, `apple-nvme` … */
  readonly transport: string | undefined
  /**
   * Reached over a network, or over loop: such a controller can be disconnected. False when the transport cannot be
   * read, so that nothing is ever disconnected by mistake.
   */
  readonly fabrics: boolean
  readonly address: Address
  /** NQN of the subsystem (sysfs `subsysnqn`). Undefined while the first connect is still under way. */
  readonly nqn: string | undefined
  /** `new`, `live`, `resetting`, `connecting`, `deleting`, `deleting (no IO)`, `dead` */
  readonly state: string | undefined
}

/**
 * One NVMe controller, local or remote, as /sys/class/nvme shows it (drivers/nvme/host/sysfs.c, `nvme_dev_attrs`). What
 * the kernel does not tell is undefined.
 */
export interface Controller extends ControllerSummary {
  readonly hostnqn: string | undefined
  readonly hostid: string | undefined
  /** 0 while the first connect is still under way. */
  readonly cntlid: number | undefined
  /** `io`, `discovery`, `admin`; `reserved` while the first connect is still under way. */
  readonly cntrltype: string | undefined
  /** The NUMA node that it is attached to; undefined for none, as with most remote controllers. */
  readonly numaNode: number | undefined
  /** `nvme-subsys1`; undefined while the first connect is still under way, and for a controller that lost it. */
  readonly subsystem: string | undefined
}

const CLASS = '/sys/class/nvme'
const LOCAL_TRANSPORTS = ['pcie', 'apple-nvme']

/**
 * All controllers of a host in natural order (nvme2 before nvme10), half-connected ones included.
 *
 * No /sys/class/nvme (the nvme module is not loaded): none.
 * @throws ControllersError `no-sysfs`
 */
export function readControllers(where: Where): Controller[] {
  const names = namesOf(where)
  if (names.length === 0) return []
  const subsystems = subsystemsByController(where)
  return names.map(name => readController(where, name, subsystems)).filter(controller => controller !== undefined)
}

/** The same, with less of each. @throws ControllersError `no-sysfs` */
export function readSummaries(where: Where): ControllerSummary[] {
  const base = below(where.root, CLASS)
  return namesOf(where)
    .map(name => {
      const directory = `${base}/${name}`
      return steady(where.sysfs, directory, inode => summaryOf(readerOf(where.sysfs, directory), name, inode))
    })
    .filter(summary => summary !== undefined)
}

/** The controllers' names in natural order. */
function namesOf(where: Where): string[] {
  const found = classNames(where).flatMap(name => {
    const instance = instanceOf(name)
    return instance === undefined ? [] : [{ name, instance }]
  })
  return found.sort((a, b) => a.instance - b.instance).map(({ name }) => name)
}

/** One controller, or undefined if there is none of that name. */
export function readController(
  where: Where,
  name: string,
  subsystems: ReadonlyMap<string, string> = subsystemsByController(where),
): Controller | undefined {
  const directory = directoryOf(where, name)
  return steady(where.sysfs, directory, incarnation =>
    controllerOf(readerOf(where.sysfs, directory), name, incarnation, subsystems.get(name)),
  )
}

/** Which incarnation of a name is there now, or undefined if there is no such controller. @throws ControllersError `bad-device` */
export const incarnationOf = (where: Where, name: string): string | undefined =>
  unlessErrno(() => where.sysfs.inode(`${directoryOf(where, name)}/`))

/** A controller's directory in sysfs. @throws ControllersError `bad-device` */
export function directoryOf({ root }: Where, name: string): string {
  if (instanceOf(name) === undefined) {
    throw new ControllersError('bad-device', `${JSON.stringify(name)} is not a controller's name`)
  }
  return `${below(root, CLASS)}/${name}`
}

type ReadAttribute = (name: string) => string | undefined

const readerOf =
  (sysfs: Where['sysfs'], directory: string): ReadAttribute =>
  name =>
    attribute(sysfs, `${directory}/${name}`)

function summaryOf(read: ReadAttribute, name: string, incarnation: string): ControllerSummary {
  const transport = read('transport')
  return {
    name,
    instance: Number(name.slice('nvme'.length)),
    incarnation,
    transport,
    fabrics: transport !== undefined && !LOCAL_TRANSPORTS.includes(transport),
    address: parseAddress(read('address') ?? ''),
    nqn: read('subsysnqn'),
    state: read('state'),
  }
}

function controllerOf(
  read: ReadAttribute,
  name: string,
  incarnation: string,
  subsystem: string | undefined,
): Controller {
  const { state, ...summary } = summaryOf(read, name, incarnation)
  return {
    ...summary,
    hostnqn: read('hostnqn'),
    hostid: read('hostid'),
    state,
    cntlid: decimal(read('cntlid')),
    cntrltype: read('cntrltype'),
    numaNode: decimal(read('numa_node')),
    subsystem,
  }
}

function classNames({ root, sysfs }: Where): string[] {
  try {
    return sysfs.readdir(below(root, CLASS))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && unlessErrno(() => sysfs.readdir(below(root, '/sys/class'))) !== undefined)
      return []
    const reason = readFailure(error)
    if (reason === undefined) throw error
    const why = `${below(root, '/sys/class')} cannot be read (${reason})`
    throw new ControllersError('no-sysfs', why, { cause: error })
  }
}

/** The kernel links controllers from their subsystem's directory only, so all subsystems are read to find them. */
function subsystemsByController({ root, sysfs }: Where): Map<string, string> {
  const base = below(root, '/sys/class/nvme-subsystem')
  const found = new Map<string, string>()
  for (const subsystem of namesIn(sysfs, base)) {
    if (subsystemInstanceOf(subsystem) === undefined) continue
    for (const name of namesIn(sysfs, `${base}/${subsystem}`)) {
      if (instanceOf(name) !== undefined) found.set(name, subsystem)
    }
  }
  return found
}
