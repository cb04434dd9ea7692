import { equal, match } from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceHandle, Lab } from './lab.ts'

/** The host that the cases connect as. */
export const HOST = {
  hostnqn: 'nqn.2014-08.org.nvmexpress:uuid:6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11',
  hostid: '6d0c4aa2-3f0e-4c65-9d3c-0f2b6a5e7c11',
}

const PREFIX = 'nqn.2014-08.org.nvmexpress:contract:'

/** A controller that a case made, with the handle that made it. */
export interface Connected {
  instance: number
  cntlid: number
  reply: string
  handle: DeviceHandle
}

/** What one case works with; afterwards everything it made is gone again. */
export class Session {
  readonly lab: Lab
  readonly #handles: DeviceHandle[] = []
  readonly #subsystems: string[] = []
  readonly #before: Set<string>

  constructor(lab: Lab) {
    this.lab = lab
    this.#before = new Set(this.controllers())
  }

  async subsystem(name: string): Promise<string> {
    const nqn = PREFIX + name
    await this.lab.addSubsystem(nqn)
    this.#subsystems.push(nqn)
    return nqn
  }

  unknown(name: string): string {
    return PREFIX + name
  }

  async open(path: string, mode: 'r' | 'w' | 'r+'): Promise<DeviceHandle> {
    const handle = await this.lab.open(join(this.lab.root, path), mode)
    this.#handles.push(handle)
    return handle
  }

  /** The string as it is; the handle stays open. */
  async connectRaw(text: string): Promise<Connected> {
    const handle = await this.open('dev/nvme-fabrics', 'r+')
    await handle.write(text)
    const reply = await handle.read()
    match(reply, /^instance=\d+,cntlid=\d+\n$/)
    const [, instance, cntlid] = /^instance=(\d+),cntlid=(\d+)\n$/.exec(reply) ?? []
    return { instance: Number(instance), cntlid: Number(cntlid), reply, handle }
  }

  loop(nqn: string, more: Record<string, string | true> = {}): string {
    return optionString({ nqn, transport: 'loop', ...HOST, ...more })
  }

  tcp(nqn: string, more: Record<string, string | true> = {}): string {
    return optionString({ nqn, transport: 'tcp', ...this.lab.tcp, ...HOST, ...more })
  }

  /** Connects and lets go of the handle, so that nothing of ours pins the number. */
  async connect(text: string): Promise<number> {
    const { instance, handle } = await this.connectRaw(text)
    await handle.close()
    await this.lab.settle()
    return instance
  }

  async delete(instance: number): Promise<void> {
    await this.lab.settle()
    const handle = await this.open(`sys/class/nvme/nvme${instance}/delete_controller`, 'w')
    await handle.write('1')
    await handle.close()
    await this.lab.settle()
  }

  attribute(instance: number, name: string): string {
    return readFileSync(join(this.lab.root, `sys/class/nvme/nvme${instance}`, name), 'utf8')
  }

  /** What tells one incarnation of a name from the next: the inode number of the directory behind the link. */
  identity(instance: number): bigint {
    return statSync(join(this.lab.root, `sys/class/nvme/nvme${instance}/`), { bigint: true }).ino
  }

  seqnum(): bigint {
    return BigInt(readFileSync(join(this.lab.root, 'sys/kernel/uevent_seqnum'), 'utf8'))
  }

  /** The device names in /sys/class/nvme. */
  controllers(): string[] {
    return readdirSync(join(this.lab.root, 'sys/class/nvme')).filter(name => /^nvme\d+$/.test(name))
  }

  nodes(): string[] {
    return readdirSync(join(this.lab.root, 'dev')).filter(name => /^nvme\d+$/.test(name))
  }

  async end(): Promise<void> {
    for (const handle of this.#handles) await handle.close()
    for (const name of this.controllers()) if (!this.#before.has(name)) await this.delete(Number(name.slice(4)))
    for (const nqn of this.#subsystems) await this.lab.removeSubsystem(nqn)
    equal(this.controllers().length, this.#before.size)
  }
}

export function optionString(options: Record<string, string | true>): string {
  return Object.entries(options)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(',')
}
