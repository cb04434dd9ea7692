import type { Controller, ControllerSummary } from '../controller.ts'
import * as core from '../controller.ts'
import type { SysfsReader, Where } from '../sysfs.ts'
import { sysfsBelow } from './sysfs.ts'

/** Where to look. Nothing is remembered between calls. */
export interface ControllersOptions {
  /**
   * Where the host's file system begins: `/` (the default), or the directory of a virtual host or captured tree, out of
   * which no link is followed.
   */
  readonly root?: string
  /** How to read it; Node's file system unless given. */
  readonly sysfs?: SysfsReader
}

export const where = ({ root = '/', sysfs = sysfsBelow(root) }: ControllersOptions): Where => ({
  root,
  sysfs,
})

/**
 * All controllers of a host in natural order (nvme2 before nvme10): PCIe ones, and half-connected ones that have no
 * subsystem yet, included. Without /sys/class/nvme (module not loaded) there are none.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const listControllers = (options: ControllersOptions = {}): Controller[] => core.readControllers(where(options))

/**
 * The same controllers with half of what there is to read about each; for thousands of them that is half the time.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const listControllerSummaries = (options: ControllersOptions = {}): ControllerSummary[] =>
  core.readSummaries(where(options))

/** One controller by its kernel name, or undefined. @throws ControllersError `bad-device` */
export const getController = (name: string, options: ControllersOptions = {}): Controller | undefined =>
  core.readController(where(options), name)

/** Which incarnation of a name is there now, or undefined if there is no such controller. @throws ControllersError `bad-device` */
export const incarnationOf = (name: string, options: ControllersOptions = {}): string | undefined =>
  core.incarnationOf(where(options), name)
