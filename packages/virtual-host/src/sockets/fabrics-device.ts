import type { Faults } from '../faults.ts'
import type { Driver } from '../kernel/driver.ts'
import { KernelError } from '../kernel/errno.ts'
import type { Controller } from '../kernel/model.ts'
import { SUPPORTED_OPTIONS } from '../kernel/option-table.ts'
import type { Device, Handle } from './device-server.ts'

const PAGE_SIZE = 4096

/** /dev/nvme-fabrics (`nvmf_dev_fops`). Connects run one after the other: `nvmf_dev_mutex` is global. */
export function fabricsDevice(driver: Driver, faults: Faults): Device {
  let mutex: Promise<unknown> = Promise.resolve()
  const connect = (text: string): Promise<Controller> => {
    const done = mutex.then(async () => {
      faults.refuse(text)
      const controller = driver.begin(text)
      await faults.heldConnect()
      driver.finish(controller, faults.failure(text))
      return controller
    })
    mutex = done.catch(() => undefined)
    return done
  }
  return {
    open: mode => new FabricsHandle(driver, faults, mode, connect),
  }
}

class FabricsHandle implements Handle {
  readonly #driver: Driver
  readonly #faults: Faults
  readonly #mode: string
  readonly #connect: (text: string) => Promise<Controller>
  #controller: Controller | undefined
  /** seq_file: what the first read produced, and how far it was read. */
  #shown: string | undefined
  #position = 0

  constructor(driver: Driver, faults: Faults, mode: string, connect: (text: string) => Promise<Controller>) {
    this.#driver = driver
    this.#faults = faults
    this.#mode = mode
    this.#connect = connect
  }

  async write(text: string): Promise<void> {
    if (this.#mode === 'r') throw new KernelError('EBADF', 'not open for writing')
    if (Buffer.byteLength(text) > PAGE_SIZE) throw new KernelError('ENOMEM', 'more than a page')
    if (this.#controller !== undefined) throw new KernelError('EINVAL', 'this handle has made its controller')
    const controller = await this.#connect(text)
    this.#driver.hold(controller)
    this.#controller = controller
    if (this.#faults.diesAt('write')) this.#driver.remove(controller)
  }

  read(bytes: number): string {
    if (this.#mode === 'w') throw new KernelError('EBADF', 'not open for reading')
    this.#shown ??= this.#show()
    const part = this.#shown.slice(this.#position, this.#position + bytes)
    this.#position += part.length
    return part
  }

  close(): void {
    if (this.#controller !== undefined) this.#driver.release(this.#controller)
    this.#controller = undefined
  }

  #show(): string {
    const controller = this.#controller
    if (controller === undefined) return SUPPORTED_OPTIONS
    if (this.#faults.diesAt('read')) this.#driver.remove(controller)
    return `instance=${controller.instance},cntlid=${controller.cntlid}\n`
  }
}
