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
 */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const [, , devno, , at, ...more] = line.split(' ')
    // Before the lone dash there are as many optional fields as there are.
    const [type = '', source = ''] = more.slice(more.indexOf('-') + 1)
    if (devno !== undefined && at !== undefined)
      mounts.push({ devno, at: unescaped(at), type, source: unescaped(source) })
  }
  return mounts
}

/** Reads /proc/swaps (proc_swaps(5)): the last parts of the paths, `dm-0` of /dev/dm-0. A heading comes first. */
export function parseSwaps(text: string): string[] {
  const rows = text
    .split('\n')
    .slice(1)
    .filter(row => row !== '')
  return rows.map(row => lastPart(unescaped(row.split(/\s/)[0] ?? '')))
}

/** `dm-0` of `/dev/dm-0` */
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The kernel writes blanks and backslashes as three octal digits. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
