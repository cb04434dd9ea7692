import { below, type Controller, diskNameOf, listControllers } from '@nvmf/controllers'
import type { Namespace, Path, Use } from './guard.ts'
import { type HostFiles, ifThere } from './host-files.ts'
import { hostFilesBelow } from './node/host-files.ts'
import { reasonOf, useReader } from './uses.ts'

/** Where to look; the host itself, through Node's file system, unless said otherwise. */
export interface HostOptions {
  readonly root?: string
  readonly files?: HostFiles
}

/**
 * The namespaces that these controllers lead to, with all that uses them: what /proc shows as mounted or swapped on, and
 * what device-mapper, md and loop have made of them, at any depth. Use that cannot be read is a use, too.
 *
 * Not seen, for the kernel does not show it: a process that has the device open, and file systems that hold their devices
 * without a trace in sysfs (ZFS).
 * @param controllers all of the host: one that is left out is no path
 */
export function readNamespaces(controllers: readonly Controller[], options: HostOptions = {}): Namespace[] {
  const { root = '/', files = hostFilesBelow(root) } = options
  const paths = new Map<string, Path[]>()
  const unreadable: Namespace[] = []
  for (const { name, state } of controllers) {
    const disks = disksOf(name, root, files)
    if ('unreadable' in disks) {
      unreadable.push(disks.unreadable)
      continue
    }
    for (const { head, anaState } of disks.found) {
      const path = { controller: name, live: state === 'live' && PASSABLE.includes(anaState) }
      paths.set(head, [...(paths.get(head) ?? []), path])
    }
  }
  if (paths.size === 0) return unreadable
  const usesOf = useReader(root, files)
  return [...unreadable, ...[...paths].map(([name, ways]) => ({ name, uses: usesOf(name), paths: ways }))]
}

/** The namespaces in use that one controller leads to, with all their paths, as they are now. */
export function namespacesInUse(device: string, options: HostOptions = {}): Namespace[] {
  const { root = '/', files = hostFilesBelow(root) } = options
  const disks = disksOf(device, root, files)
  if ('unreadable' in disks) return [disks.unreadable]
  const heads = disks.found.map(({ head }) => head)
  if (heads.length === 0) return []
  const usesOf = useReader(root, files)
  const used = heads.filter(head => usesOf(head).length > 0)
  if (used.length === 0) return []
  return readNamespaces(listControllers({ root }), options).filter(({ name }) => used.includes(name))
}

/** ANA states that let I/O through (`nvme_path_is_disabled` in drivers/nvme/host/multipath.c); none without ANA. */
const PASSABLE = ['', 'optimized', 'non-optimized']

/** The path nvme0c2n1 leads to the disk nvme0n1; without native multipath, a disk is its own path. */
function disksOf(
  controller: string,
  root: string,
  files: HostFiles,
): { found: { head: string; anaState: string }[] } | { unreadable: Namespace } {
  const dir = below(root, `/sys/class/nvme/${controller}`)
  try {
    const found = ifThere(() => files.names(dir), []).flatMap(entry => {
      const head = diskNameOf(entry)?.head
      if (head === undefined) return []
      return [{ head, anaState: ifThere(() => files.text(`${dir}/${entry}/ana_state`), '').trim() }]
    })
    return { found }
  } catch (error) {
    // Whatever is behind it, nobody knows whether it is used.
    const use: Use = { kind: 'unknown', namespace: controller, device: controller, why: reasonOf(error) }
    return { unreadable: { name: controller, uses: [use], paths: [{ controller, live: true }] } }
  }
}
