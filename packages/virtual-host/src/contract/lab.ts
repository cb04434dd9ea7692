/** An open device file. */
export interface DeviceHandle {
  write(text: string): Promise<void>
  read(): Promise<string>
  close(): Promise<void>
}

/** Opens a device file of the lab; rejects with a system error whose `code` is the errno's name. */
export type OpenDevice = (path: string, mode: 'r' | 'w' | 'r+') => Promise<DeviceHandle>

/** A kernel with NVMe-oF targets to connect to: a virtual host, or a machine with nvmet. */
export interface Lab {
  /** What /dev and /sys are below. */
  root: string
  open: OpenDevice
  /** A subsystem without namespaces, reachable by loop and at `tcp`. Resolves when a connect would find it. */
  addSubsystem(nqn: string): Promise<void>
  /** Takes it away again; its controllers are gone by then. */
  removeSubsystem(nqn: string): Promise<void>
  /** Where the subsystems listen. */
  tcp: { traddr: string; trsvcid: string }
  /** An address where nothing listens. */
  refused: { traddr: string; trsvcid: string }
  /** Resolves when nothing but the case itself can hold a device: udev's workers are done. */
  settle(): Promise<void>
  capabilities: {
    loop: boolean
    tcp: boolean
    /** An address that no machine has, where a connect fails soon enough to wait for. */
    unreachable: { traddr: string; trsvcid: string } | undefined
  }
}

/** One fact about the kernel that the product relies on. */
export interface ContractCase {
  name: string
  /** What the lab must be able to do; the case is left out otherwise. */
  needs: ReadonlyArray<'loop' | 'tcp' | 'unreachable'>
  /** Rejects when the lab's kernel behaves otherwise. Leaves no controller and no subsystem behind. */
  run(lab: Lab): Promise<void>
}
