import { below, readFailure } from '@nvmf/controllers'
import type { Use } from './guard.ts'
import { type HostFiles, ifThere } from './host-files.ts'
import { lastPart, type Mount, parseMounts, parseSwaps } from './mounts.ts'

/** The host's mounts and swaps, read once. */
interface InUse {
  readonly mounts: readonly Mount[]
  readonly swaps: readonly string[]
  /** The block devices of mounted file systems, as sysfs names them. */
  readonly filesystems: readonly FileSystem[]
  /** Loop devices on block devices, by the name of what they are on. */
  readonly loops: ReadonlyMap<string, readonly string[]>
}

/** What is known of a mounted file system without looking at its mount. */
interface FileSystem {
  readonly type: string
  readonly devices: readonly string[]
}

/** How the use of a namespace is found; mounts and swaps are read now, for all that are asked for. */
export function useReader(root: string, files: HostFiles): (namespace: string) => Use[] {
  let inUse: InUse | undefined
  let why = ''
  try {
    inUse = {
      mounts: parsed(below(root, '/proc/self/mountinfo'), files, parseMounts),
      // A kernel without swap has no such file.
      swaps: ifThere(() => parsed(below(root, '/proc/swaps'), files, parseSwaps), []),
      filesystems: filesystems(root, files),
      loops: loops(root, files),
    }
  } catch (error) {
    why = reasonOf(error)
  }
  return namespace => {
    if (inUse === undefined) return [{ kind: 'unknown', namespace, device: namespace, why }]
    try {
      return usesOf(namespace, root, files, inUse)
    } catch (error) {
      return [{ kind: 'unknown', namespace, device: namespace, why: reasonOf(error) }]
    }
  }
}

/** What is not understood does not say that nothing is in use. */
function parsed<T>(path: string, files: HostFiles, parse: (text: string) => T | undefined): T {
  const found = parse(files.text(path))
  if (found !== undefined) return found
  throw Object.assign(new Error(`${path} is not what it should be`), { code: 'EBADMSG', path })
}

/**
 * Follows a namespace upwards: to its partitions, and to whatever device-mapper, md and loop have made of each. A device that
 * leads to no mount or swap but is held by another one is used by that.
 */
function usesOf(namespace: string, root: string, files: HostFiles, inUse: InUse): Use[] {
  const block = below(root, '/sys/class/block')
  const seen = new Set<string>()
  const visit = (device: string): Use[] => {
    seen.add(device)
    const uses = direct(namespace, device, ifThere(() => files.text(`${block}/${device}/dev`), '').trim(), inUse)
    for (const partition of partitions(block, device, files)) uses.push(...visit(partition))
    const holders = ifThere(() => files.names(`${block}/${device}/holders`), [])
    for (const holder of [...holders, ...(inUse.loops.get(device) ?? [])]) {
      // Made of two parts of this namespace: once is enough.
      if (seen.has(holder)) continue
      const above = visit(holder)
      const name = ifThere(() => files.text(`${block}/${holder}/dm/name`), holder).trim()
      uses.push(...(above.length > 0 ? above : [{ kind: 'held', namespace, device, name } as const]))
    }
    return uses
  }
  return visit(namespace)
}

function direct(namespace: string, device: string, devno: string, { mounts, swaps, filesystems: all }: InUse): Use[] {
  const uses: Use[] = mounts
    .filter(mount => mount.devno === devno)
    .map(({ at }) => ({ kind: 'mount', namespace, device, at }))
  if (swaps.includes(device)) uses.push({ kind: 'swap', namespace, device })
  const filesystem = all.find(({ devices }) => devices.includes(device))
  if (uses.length > 0 || filesystem === undefined) return uses
  const { type, devices } = filesystem
  const mount = mounts.find(each => each.type === type && devices.includes(lastPart(each.source)))
  return [{ kind: 'mount', namespace, device, at: mount?.at }]
}

/** Directories of a disk that are named like it: `nvme0n1p2` of nvme0n1. */
const partitions = (block: string, device: string, files: HostFiles): string[] =>
  ifThere(() => files.names(`${block}/${device}`), []).filter(
    name =>
      name.startsWith(device) &&
      ifThere(() => files.text(`${block}/${device}/${name}/partition`), undefined) !== undefined,
  )

/** In /sys/fs, and no file system of block devices; some are root's alone. */
const NOT_ON_BLOCKS = ['bpf', 'cgroup', 'fuse', 'pstore', 'resctrl', 'selinux', 'smackfs', 'virtiofs']

/**
 * What is mounted anywhere, also in other mount namespaces and below an overlay that hides it: ext4, xfs, f2fs and others
 * have /sys/fs/TYPE/nvme0n1p2 while they are mounted, and btrfs names all devices of each file system in
 * /sys/fs/btrfs/UUID/devices.
 */
function filesystems(root: string, files: HostFiles): FileSystem[] {
  const base = below(root, '/sys/fs')
  const types = ifThere(() => files.names(base), []).filter(type => !NOT_ON_BLOCKS.includes(type))
  return types.flatMap(type => {
    const names = ifThere(() => files.names(`${base}/${type}`), [])
    if (type !== 'btrfs') return names.map(name => ({ type, devices: [name] }))
    return names.map(uuid => ({ type, devices: ifThere(() => files.names(`${base}/btrfs/${uuid}/devices`), []) }))
  })
}

/** A loop device holds what it is on without saying so there: it says what its backing file is. */
function loops(root: string, files: HostFiles): Map<string, string[]> {
  const block = below(root, '/sys/class/block')
  const found = new Map<string, string[]>()
  for (const loop of ifThere(() => files.names(block), []).filter(name => /^loop[0-9]+$/.test(name))) {
    const backing = ifThere(() => files.text(`${block}/${loop}/loop/backing_file`), '').trimEnd()
    if (!backing.startsWith('/dev/')) continue
    const device = lastPart(backing)
    found.set(device, [...(found.get(device) ?? []), loop])
  }
  return found
}

/** Why a file of the kernel cannot be read, in a few words; a bug is thrown on. */
export function reasonOf(error: unknown): string {
  const reason = readFailure(error)
  if (reason === undefined) throw error
  return `${(error as { path?: string }).path ?? 'a file of /proc or /sys'} cannot be read (${reason})`
}
