import type { Driver } from './kernel/driver.ts'
import { deviceName, type Listener } from './kernel/model.ts'
import type { InstalledProgram } from './udev/programs.ts'
import type { Udevd } from './udev/udevd.ts'

/** What `nvmf-virtual-host status` shows. */
export interface HostStatus {
  dir: string
  pid: number
  /** Are the nvme modules loaded? */
  modules: boolean
  seqnum: number
  controllers: Array<{ device: string; incarnation: number; transport: string; state: string; nqn: string }>
  /** Numbers of removed controllers that something still refers to. */
  pinned: Array<{ device: string; incarnation: number; handles: number }>
  subsystems: Array<{ nqn: string; lost: boolean; listeners: readonly Listener[]; namespaces: number }>
  udev: ReturnType<Udevd['status']>
  programs: readonly InstalledProgram[]
}

export function describe(
  driver: Driver,
  udevd: Udevd,
  rest: Pick<HostStatus, 'dir' | 'modules' | 'seqnum' | 'programs'>,
): HostStatus {
  driver.reap()
  return {
    ...rest,
    pid: process.pid,
    controllers: driver.controllers().map(each => ({
      device: deviceName(each),
      incarnation: each.incarnation,
      transport: each.transport,
      state: each.state,
      nqn: each.subsystem?.nqn ?? each.options?.nqn ?? '',
    })),
    pinned: driver.pinned().map(each => ({
      device: deviceName(each),
      incarnation: each.incarnation,
      handles: each.handles,
    })),
    subsystems: driver.targets.list().map(({ nqn, lost, listeners, namespaces }) => ({
      nqn,
      lost,
      listeners,
      namespaces: namespaces.length,
    })),
    udev: udevd.status(),
  }
}
