import { type DiskName, diskNameOf } from './names.ts'
import { attribute, decimal, namesIn, type SysfsReader, steady } from './sysfs.ts'

/**
 * One namespace of a subsystem as the host sees it (drivers/nvme/host/sysfs.c, `nvme_ns_attrs`; block/genhd.c). What
 * the kernel does not tell is undefined.
 */
export interface Namespace {
  /** The disk that programs use, `nvme0n1`: over all paths with native multipath, otherwise over one controller. */
  readonly name: string
  /**
   * Its device number, `259:1`. Undefined if there is no such disk yet: the kernel makes it with the first path that
   * can be used (nvme_mpath_set_live() in multipath.c).
   */
  readonly dev: string | undefined
  readonly nsid: number | undefined
  readonly uuid: string | undefined
  /** Written as a UUID, as the kernel does. */
  readonly nguid: string | undefined
  /** 16 hexadecimal digits. */
  readonly eui64: string | undefined
  /** What udev makes links of: `uuid.…`, `eui.…` or `nvme.…`, whichever is the first that the namespace has. */
  readonly wwid: string | undefined
  /** Bytes. */
  readonly size: number | undefined
  /** The logical block in bytes: 512, 4096. */
  readonly blockSize: number | undefined
  readonly readOnly: boolean | undefined
  /** Devices that are made of this disk (device mapper, MD): `dm-0`. */
  readonly holders: readonly string[]
  readonly partitions: readonly Partition[]
  /** The ways to it, in natural order. None: the last one went and something keeps the disk, or waits for it. */
  readonly paths: readonly NamespacePath[]
}

/** A part of a namespace's disk. */
export interface Partition {
  /** `nvme0n1p1` */
  readonly name: string
  /** `259:2` */
  readonly dev: string | undefined
  /** Bytes. */
  readonly size: number | undefined
  /** Devices that are made of it: `dm-0`. */
  readonly holders: readonly string[]
}

/** A namespace through one controller. */
export interface NamespacePath {
  /** `nvme0c1n1`, hidden from programs; `nvme1n1` without native multipath. */
  readonly name: string
  /** `nvme1` */
  readonly controller: string
  /**
   * `optimized`, `non-optimized`, `inaccessible`, `persistent-loss`, `change` (multipath.c); undefined if the
   * controller does not report it (ANA), and then the path is as good as the controller.
   */
  readonly anaState: string | undefined
  readonly anaGroup: number | undefined
}

/** A disk in the directory of a subsystem (a head) or of a controller (a path, or both in one). */
export interface FoundDisk {
  readonly name: string
  readonly parsed: DiskName
  readonly namespace: Omit<Namespace, 'paths'>
  readonly anaState: string | undefined
  readonly anaGroup: number | undefined
}

/** `size` counts these, whatever the disk's own block is (include/linux/blk_types.h). */
const SECTOR = 512

/** The disks in a directory of sysfs; one that goes meanwhile is left out. */
export function readDisks(sysfs: SysfsReader, directory: string): FoundDisk[] {
  const found: FoundDisk[] = []
  for (const name of namesIn(sysfs, directory)) {
    const parsed = diskNameOf(name)
    if (parsed === undefined) continue
    const disk = steady(sysfs, `${directory}/${name}`, () => readDisk(sysfs, `${directory}/${name}`, name, parsed))
    if (disk !== undefined) found.push(disk)
  }
  return found
}

function readDisk(sysfs: SysfsReader, directory: string, name: string, parsed: DiskName): FoundDisk {
  const read = (attr: string): string | undefined => attribute(sysfs, `${directory}/${attr}`)
  const nguid = read('nguid')
  const uuid = read('uuid')
  return {
    name,
    parsed,
    namespace: {
      name: parsed.head,
      dev: parsed.controller === undefined ? read('dev') : undefined,
      nsid: decimal(read('nsid')),
      // Where there is no UUID, the kernel shows the NGUID under this name too (uuid_show()).
      uuid: uuid === nguid ? undefined : uuid,
      nguid,
      eui64: eui64(read('eui')),
      wwid: read('wwid'),
      size: bytes(read('size')),
      blockSize: decimal(read('queue/logical_block_size')),
      readOnly: flag(read('ro')),
      holders: holders(sysfs, directory),
      partitions: readPartitions(sysfs, directory, name),
    },
    anaState: read('ana_state'),
    anaGroup: decimal(read('ana_grpid')),
  }
}

function readPartitions(sysfs: SysfsReader, directory: string, disk: string): Partition[] {
  const numbers = namesIn(sysfs, directory)
    .filter(name => name.startsWith(`${disk}p`))
    .map(name => decimal(name.slice(disk.length + 1)))
    .filter(number => number !== undefined)
    .sort((a, b) => a - b)
  return numbers.map(number => {
    const name = `${disk}p${number}`
    const read = (attr: string): string | undefined => attribute(sysfs, `${directory}/${name}/${attr}`)
    return { name, dev: read('dev'), size: bytes(read('size')), holders: holders(sysfs, `${directory}/${name}`) }
  })
}

const holders = (sysfs: SysfsReader, directory: string): string[] => namesIn(sysfs, `${directory}/holders`).sort()

function bytes(sectors: string | undefined): number | undefined {
  const count = decimal(sectors)
  return count === undefined ? undefined : count * SECTOR
}

/** `00 25 38 5b 71 b0 12 34` (eui_show()) in one piece. */
function eui64(text: string | undefined): string | undefined {
  const digits = text?.replaceAll(' ', '').toLowerCase()
  return digits !== undefined && /^[0-9a-f]{16}$/.test(digits) ? digits : undefined
}

const flag = (text: string | undefined): boolean | undefined => (text === '1' ? true : text === '0' ? false : undefined)
