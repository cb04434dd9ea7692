import type { ConnectPorts } from './connect.ts'
import { FabricsError } from './errors.ts'
import type { Transport } from './options.ts'

/**
 * Runs `use`, and once more with the modules loaded if /dev/nvme-fabrics was missing: the fabrics core and the
 * transport's driver. The core asks for a transport's driver by itself (nvmf_create_ctrl()), but not on hosts where the
 * kernel cannot run modprobe.
 */
export async function withModules<T>(
  transport: Transport,
  { loadModule }: Pick<ConnectPorts, 'loadModule'>,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (loadModule === undefined || !(error instanceof FabricsError) || error.code !== 'no-module') throw error
    for (const name of ['nvme-fabrics', `nvme-${transport}`]) await loadModule(name)
    return use()
  }
}
