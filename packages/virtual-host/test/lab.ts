import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DeviceFile } from '../../controllers/src/device-file.ts'
import { openDevice } from '../../controllers/src/node/device-file.ts'
import { startVirtualHost, type VirtualHost, type VirtualHostOptions } from '../src/index.ts'

export const NQN = 'nqn.2014-08.org.nvmexpress:test:data'
export const OTHER = 'nqn.2014-08.org.nvmexpress:test:other'
export const LOOP = `nqn=${NQN},transport=loop`
export const TCP = `nqn=${NQN},transport=tcp,traddr=127.0.0.1,trsvcid=4420`

export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vh-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A virtual host for one test, with one subsystem. */
export async function lab(options: Partial<VirtualHostOptions> = {}): Promise<VirtualHost> {
  const host = await startVirtualHost({ dir: scratch(), ...options })
  onTestFinished(() => host.stop())
  host.addSubsystem(NQN)
  return host
}

export function rulesFile(text: string): string {
  const path = join(scratch(), '70-test.rules')
  writeFileSync(path, text)
  return path
}

export function openFabrics(host: { root: string }): Promise<DeviceFile> {
  return openDevice(join(host.root, 'dev/nvme-fabrics'), 'r+')
}

/** Connects and lets go; returns the instance number. */
export async function connect(host: { root: string }, text: string): Promise<number> {
  const handle = await openFabrics(host)
  try {
    await handle.write(text)
    return Number(/instance=(\d+)/.exec(await handle.read())?.[1])
  } finally {
    await handle.close()
  }
}

export function openDelete(host: { root: string }, instance: number): Promise<DeviceFile> {
  return openDevice(join(host.root, `sys/class/nvme/nvme${instance}/delete_controller`), 'w')
}

export async function disconnect(host: { root: string }, instance: number): Promise<void> {
  const handle = await openDelete(host, instance)
  await handle.write('1')
  await handle.close()
}

export const attribute = (host: { root: string }, path: string): string =>
  readFileSync(join(host.root, 'sys/class', path), 'utf8').trimEnd()

export const list = (host: { root: string }, path: string): string[] => readdirSync(join(host.root, path)).toSorted()

export const inode = (host: { root: string }, instance: number): bigint =>
  statSync(join(host.root, `sys/class/nvme/nvme${instance}/`), { bigint: true }).ino

/** `add nvme0`, in order. */
export const eventNames = (host: VirtualHost): string[] => host.events().map(each => `${each.action} ${each.kernel}`)
