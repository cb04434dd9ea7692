import type { Fd } from './sys.ts'

/** Every path and every file name of the registry. Nothing else in the project spells one. */

/** `/run/nvme/registry`, the place that libnvme 3 uses too (its registry.c, rundir `/run`). */
export const REGISTRY_DIR = '/run/nvme/registry'

/** The controller's owner. No such file: it is unowned. */
export const OWNER = 'owner'
/**
 * Target of a symbolic link in the place of `owner`: the owner has released the controller, which is unowned. libnvme follows
 * the link to ENOENT, which is its "unowned" too, because no name in an entry begins with a dot.
 */
export const RELEASED = '.released'
/** The same for an entry that was deleted: its controller is unowned, and reads as one without an entry. */
export const DELETED = '.deleted'
/** /sys/kernel/uevent_seqnum when the entry was made; libnvme's rule and our reaper compare an event's SEQNUM with it. */
export const SEQNUM = 'seqnum'
/** Inode number of /sys/class/nvme/nvmeN/: which incarnation of the name this entry is for. libnvme shows it as private. */
export const INCARNATION = 'incarnation'
/**
 * What a symbolic link of the name `incarnation` says in a directory that had no identity and was found dead: no incarnation
 * has this number, so nobody can take the directory for a live controller's any more.
 */
export const CONDEMNED = 'condemned'
/** The attributes that only the registry itself writes; everything else belongs to the owner. */
export const RESERVED: readonly string[] = [OWNER, SEQNUM, INCARNATION]

/** Modes of what we make; world-readable, so that monitors need no privilege. */
export const DIR_MODE = 0o755
export const FILE_MODE = 0o644

/** Of an announcement: the listening Unix socket that tells whether the announcing process lives, and the text. */
export const ALIVE = 'alive'
export const WHAT = 'what'

/** Kinds of announcements: a process connects a controller, or disconnects controllers. */
export type AnnouncementKind = 'connecting' | 'leaving'

const ANNOUNCEMENT = /^(connecting|leaving|new|gone)\.([A-Za-z0-9-]{1,200})$/
const OUR_TEMPORARY = /\.tmp\.(?:step-[1-9][0-9]*|[^-]+-[^-]+-[^-]+)$/
const TEMPORARY = /^[A-Za-z0-9_-]{1,64}\.tmp\.(.+)$/
const STAGING = /^\.(nvme(?:0|[1-9][0-9]*))\.new\.([^.]+)\.(.+)$/
const STEP = /^owner\.tmp\.step-([1-9][0-9]{0,14})$/

/** The paths of one host: everything lies below `root`. `device` is a checked name, for it becomes part of a path. */
export interface Layout {
  /** As given, without slashes at its end; `/` for the host itself. */
  readonly root: string
  /** The registry directory and its parents that we may have to make, outermost first. */
  readonly registryParents: readonly string[]
  readonly registry: string
  /** Holds the announcements: a hidden name, which libnvme's readers skip and its purge leaves. */
  readonly announced: string
  /** /sys/class: readable, it can say that a controller is not there (kernel: drivers/base/class.c makes it at boot). */
  readonly classDir: string
  /** /sys/kernel/uevent_seqnum (kernel: lib/kobject_uevent.c, kernel/ksysfs.c). */
  readonly uevent: string
  entry(device: string): string
  /** Returns the path at which an entry for this incarnation is built: a hidden name, which libnvme's readers skip too. */
  staging(device: string, incarnation: string, token: string): string
  /** One announcement; `name` from {@link announcementName}. */
  announcement(name: string): string
  /** The directory whose inode number is the live incarnation (drivers/nvme/host/core.c, `nvme_class`). */
  sysfs(device: string): string
  /** The node that is held open to keep the number. */
  node(device: string): string
}

/** @param root where the host's file system begins: `/`, or the directory of a virtual host or captured tree. */
export function layoutBelow(root: string): Layout {
  const base = root.replace(/\/+$/, '')
  const registry = base + REGISTRY_DIR
  return {
    root: base === '' ? '/' : base,
    registryParents: [`${base}/run`, `${base}/run/nvme`, registry],
    registry,
    announced: `${registry}/.announced`,
    classDir: `${base}/sys/class`,
    uevent: `${base}/sys/kernel/uevent_seqnum`,
    entry: device => `${registry}/${device}`,
    staging: (device, incarnation, token) => `${registry}/.${device}.new.${incarnation}.${token}`,
    announcement: name => `${registry}/.announced/${name}`,
    sysfs: device => `${base}/sys/class/nvme/${device}`,
    node: device => `${base}/dev/${device}`,
  }
}

/**
 * A path that acts on the directory behind `fd` itself, also after it was renamed or replaced. It is this process's own
 * /proc, never the one below `root`: it stands in for openat(2), which neither Node nor QuickJS offers.
 */
export const within = (fd: Fd, name: string): string => `/proc/self/fd/${fd}/${name}`
export const itself = (fd: Fd): string => `/proc/self/fd/${fd}`

/** The name under which an attribute is filled before it gets its own: libnvme's readers skip it and its purge removes it. */
export const temporary = (attribute: string, token: string): string => `${attribute}.tmp.${token}`

/** Returns the parts of a staging directory's name, or undefined for any other name. */
export function stagingOf(name: string): { device: string; incarnation: string; token: string } | undefined {
  const [, device, incarnation, token] = STAGING.exec(name) ?? []
  if (device === undefined || incarnation === undefined || token === undefined) return undefined
  return { device, incarnation, token }
}

/** The token in an attribute's temporary name, or undefined for any other name. */
export const temporaryToken = (name: string): string | undefined => TEMPORARY.exec(name)?.[1]

/** Is this a name that only our writers give within an entry? libnvme's temporary names end in six characters of mkstemp. */
export const isOurTemporary = (name: string): boolean => OUR_TEMPORARY.test(name)

/** The name under which the n-th change of an entry's owner is decided (protocol/owner-change.ts); n is at least 1. */
export const stepName = (n: number): string => `${STEPS}${n}`
/** The prefix of all of these names. */
export const STEPS = `${OWNER}.tmp.step-`

/** The number in such a name, or undefined for any other name. */
export function stepNumber(name: string): number | undefined {
  const digits = STEP.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The prefix of the names under which libnvme's delete empties an entry (`.trash.XXXXXX` of mkdtemp). */
export const TRASH = '.trash.'

/** The name of an announcement: `new`, it is being made; its kind, it is complete; `gone`, it is being removed. */
export const announcementName = (stage: AnnouncementKind | 'new' | 'gone', token: string): string => `${stage}.${token}`

/** The parts of an announcement's name, or undefined for any other name. */
export function announcementParts(
  name: string,
): { readonly stage: AnnouncementKind | 'new' | 'gone'; readonly token: string } | undefined {
  const [, stage, token] = ANNOUNCEMENT.exec(name) ?? []
  return stage === undefined || token === undefined
    ? undefined
    : { stage: stage as AnnouncementKind | 'new' | 'gone', token }
}
