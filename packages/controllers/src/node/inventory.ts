import type { Inventory } from '../inventory.ts'
import * as core from '../inventory.ts'
import { type ControllersOptions, where } from './controllers.ts'

/**
 * Subsystems, their controllers, namespaces, disks and paths; what goes while it is read is left out.
 *
 * @throws ControllersError `no-sysfs`: /sys/class is missing or cannot be read
 */
export const readInventory = (options: ControllersOptions = {}): Inventory => core.readInventory(where(options))
