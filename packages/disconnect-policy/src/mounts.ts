/** A mounted file system. */
export interface Mount {
  /** `259:3` */
  readonly devno: string
  readonly at: string
  /** `ext4` */
  readonly type: string
  /** What was mounted, as the file system tells it: `/dev/nvme0n1p3` for most that are on a device. */
  readonly source: string
}

/**
 * Reads /proc/self/mountinfo (proc_pid_mountinfo(5)): `36 35 259:3 / /mnt rw,noatime shared:1 - ext4 /dev/nvme0n1p3 rw`.
 * A file system on many devices (btrfs), and one that is made of others (overlay), has a number that belongs to no device.
 *
 * @returns undefined for what is not such a file. Nor is an empty one: whoever reads /proc has mounted that at least.
 */
export function parseMounts(text: string): Mount[] | undefined {
  const lines = text.split('\n').filter(line => line !== '')
  const mounts = lines.map(mountOf).filter(mount => mount !== undefined)
  return mounts.length === lines.length && mounts.length > 0 ? mounts : undefined
}

function mountOf(line: string): Mount | undefined {
  const [, , devno = '', , at, ...more] = line.split(' ')
  // Before the lone dash there are as many optional fields as there are.
  const dash = more.indexOf('-')
  const [type, source = ''] = more.slice(dash + 1)
  if (!/^[0-9]+:[0-9]+$/.test(devno) || at === undefined || dash < 0 || type === undefined) return undefined
  return { devno, at: unescaped(at), type, source: unescaped(source) }
}

/**
 * Reads /proc/swaps (proc_swaps(5)): the last parts of the paths, `dm-0` of /dev/dm-0, also if that node was removed
 * meanwhile. A heading comes first, and alone if nothing is swapped on.
 *
 * @returns undefined for what is not such a file
 */
export function parseSwaps(text: string): string[] | undefined {
  const [heading, ...rows] = text.split('\n').filter(row => row !== '')
  if (heading?.startsWith('Filename') !== true) return undefined
  return rows.map(row => lastPart(unescaped(row.split(/\s/)[0] ?? '').replace(/ \(deleted\)$/, '')))
}

/** `dm-0` of `/dev/dm-0` */
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The kernel writes blanks and backslashes as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
