import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { VirtualHostError } from '../errors.ts'

/** What belongs to the simulation itself and to no real host. */
export const PRIVATE = '.virtual-host'

/** The directories that a boot makes anew; etc/ and usr/ are the disk's and stay. */
const VOLATILE = ['dev', 'sys', 'proc', 'run', PRIVATE]
const INSTALLED = join(PRIVATE, 'installed')
const MODULES = ['nvme_core', 'nvme_fabrics', 'nvme_tcp', 'nvme_loop']

/**
 * Makes `root` a host that has just booted. A directory that was a virtual host before is booted again: everything
 * that real machines keep in memory is cleared. Any other directory must not hold what a boot would overwrite, so
 * that `/` is never taken for one; a prepared etc/ or run/ is kept.
 */
export function boot(root: string): void {
  mkdirSync(root, { recursive: true })
  if (existsSync(join(root, PRIVATE))) clear(root)
  const taken = readdirSync(root).filter(name => name === 'dev' || name === 'sys' || name === 'proc')
  if (taken.length > 0) {
    throw new VirtualHostError('not-a-virtual-host', `${root} has a ${taken[0]}/ that no virtual host made`)
  }
  for (const name of [PRIVATE, 'dev', 'run', 'etc', 'proc/sys/kernel/random', 'sys/class', 'sys/class/block']) {
    mkdirSync(join(root, name), { recursive: true })
  }
  for (const name of ['sys/block', 'sys/bus', 'sys/devices/virtual', 'sys/module', 'sys/kernel']) {
    mkdirSync(join(root, name), { recursive: true })
  }
  // Paths through a process's own descriptors work below the root as they do on a real host; its mounts are not ours.
  mkdirSync(join(root, 'proc/self'))
  for (const name of ['fd', 'ns', 'stat']) symlinkSync(`/proc/self/${name}`, join(root, 'proc/self', name))
  writeFileSync(join(root, 'proc/self/mountinfo'), '22 28 0:20 / /proc rw,relatime - proc proc rw\n')
  writeFileSync(join(root, 'proc/swaps'), 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n')
  writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), `${randomUUID()}\n`)
  writeFileSync(join(root, 'proc/modules'), '')
  writeFileSync(join(root, 'dev/kmsg'), '', { mode: 0o644 })
}

/** What `modprobe nvme-fabrics` shows, /dev/nvme-fabrics excepted. */
export function showModules(root: string): void {
  for (const name of ['nvme', 'nvme-subsystem', 'nvme-generic', 'nvme-fabrics']) {
    mkdirSync(join(root, 'sys/class', name), { recursive: true })
  }
  mkdirSync(join(root, 'sys/devices/virtual/nvme-fabrics/ctl'), { recursive: true })
  symlinkSync('../../devices/virtual/nvme-fabrics/ctl', join(root, 'sys/class/nvme-fabrics/ctl'))
  for (const name of MODULES) mkdirSync(join(root, 'sys/module', name), { recursive: true })
  writeFileSync(join(root, 'proc/modules'), MODULES.map(name => `${name} 16384 0 - Live 0x0\n`).join(''))
}

/** Takes away what boots and installs have made, and directories that are empty then; what others wrote stays. */
export function shutDown(root: string): void {
  clear(root)
  for (const name of ['usr/lib/udev', 'usr/lib', 'usr', 'etc', '']) removeIfEmpty(join(root, name))
}

/** Remembers a file that was put below the root for this boot. */
export function rememberInstalled(root: string, path: string): void {
  appendFileSync(join(root, INSTALLED), `${path}\n`)
}

function clear(root: string): void {
  const installed = join(root, INSTALLED)
  const files = existsSync(installed) ? readFileSync(installed, 'utf8').split('\n') : []
  for (const path of files) if (path !== '') rmSync(join(root, path), { force: true })
  for (const name of VOLATILE) rmSync(join(root, name), { recursive: true, force: true })
}

export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EINVAL') throw error
  }
}
