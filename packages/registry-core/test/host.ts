import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { RegistryError } from '../src/errors.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import type { Sys } from '../src/sys.ts'

const TMPFS_MAGIC = 0x01021994
const SHM = '/dev/shm'

/** A tmpfs, as /run is one on every host; elsewhere the directory for temporary files, which is said. */
export const isTmpfs = (dir: string): boolean => existsSync(dir) && statfsSync(dir).type === TMPFS_MAGIC
export const SCRATCH = isTmpfs(SHM) ? SHM : tmpdir()

const mkdtemp = (): string => mkdtempSync(join(SCRATCH, 'registry-'))

export function scratch(): string {
  const dir = mkdtemp()
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** The directory of one host: what the registry sees of /run, /sys and /dev. */
export interface FakeHost {
  readonly root: string
  readonly registry: Registry
  /** A new controller with this name; gives its incarnation. */
  connect(device: string): string
  /** The controller goes, in the kernel's order: the node, the class directory, the remove event. Gives its SEQNUM. */
  remove(device: string): string
  /** The number goes to a new controller that nobody registers; gives its incarnation. */
  recycle(device: string): string
  seqnum(): string
  /** A path of the registry. */
  path(...names: string[]): string
  /** An entry as another program may have left it: files with exactly these bytes. */
  put(device: string, files: Record<string, string | Uint8Array>): void
  /** An entry's files by name, without interpretation, links as `-> target`; undefined if there is no such directory. */
  files(device: string): Record<string, string> | undefined
}

/**
 * @param options.registry false: /run/nvme/registry is not there yet
 * @param options.keep true: outside of a test, and the caller removes `root`
 */
export function fakeHost(options: { registry?: boolean; keep?: boolean } = {}): FakeHost {
  const root = options.keep ? mkdtemp() : scratch()
  const path = (...names: string[]): string => join(root, 'run/nvme/registry', ...names)
  const uevent = join(root, 'sys/kernel/uevent_seqnum')
  const graveyard = join(root, 'graveyard')
  for (const dir of ['run', 'sys/class/nvme', 'sys/kernel', 'dev', 'graveyard'])
    mkdirSync(join(root, dir), { recursive: true })
  if (options.registry !== false) mkdirSync(path(), { recursive: true })
  writeFileSync(uevent, '100\n')

  let buried = 0
  const emit = (): string => {
    const next = String(Number(readFileSync(uevent, 'utf8')) + 1)
    // In one step, because other processes read it meanwhile, and sysfs is never seen half written.
    writeFileSync(`${uevent}.new`, `${next}\n`)
    renameSync(`${uevent}.new`, uevent)
    return next
  }
  const host: FakeHost = {
    root,
    registry: new Registry(nodeSys(), root),
    connect: device => {
      mkdirSync(join(root, 'sys/class/nvme', device))
      writeFileSync(join(root, 'dev', device), '')
      emit()
      return inode(join(root, 'sys/class/nvme', device))
    },
    remove: device => {
      unlinkSync(join(root, 'dev', device))
      // Kept, because a file system on a disk would give its inode number to the next incarnation.
      renameSync(join(root, 'sys/class/nvme', device), join(graveyard, `${device}.${buried++}`))
      return emit()
    },
    recycle: device => {
      host.remove(device)
      return host.connect(device)
    },
    seqnum: () => readFileSync(uevent, 'utf8').trim(),
    path,
    put: (device, files) => {
      mkdirSync(path(device), { recursive: true })
      for (const [name, bytes] of Object.entries(files)) writeFileSync(path(device, name), bytes)
    },
    files: device => {
      if (!existsSync(path(device))) return undefined
      const names = readdirSync(path(device)).toSorted()
      return Object.fromEntries(names.map(name => [name, content(path(device, name))]))
    },
  }
  return host
}

const content = (path: string): string =>
  lstatSync(path).isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, 'utf8')

export const inode = (path: string): string => statSync(path, { bigint: true }).ino.toString()

export const mode = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8)

export function fifo(path: string): void {
  execFileSync('mkfifo', [path])
}

/** Bound at once, in listen(2)'s call; gone from the file system when its test is over. */
export function socket(path: string): void {
  const server = createServer().listen(path)
  onTestFinished(() => void server.close())
}

/** Everything below a directory: kind, mode, inode and content of each, in order. Two equal listings: nothing happened. */
export function listing(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below))
    .toSorted()
    .flatMap(name => {
      const path = join(below, name)
      const stat = lstatSync(join(dir, path))
      const line = `${path} ${stat.mode.toString(8)} ${stat.ino}`
      if (stat.isDirectory()) return [`${line}/`, ...listing(dir, path)]
      if (stat.isSymbolicLink()) return [`${line} -> ${readlinkSync(join(dir, path))}`]
      return [stat.isFile() ? `${line} ${readFileSync(join(dir, path)).toString('hex')}` : line]
    })
}

/** Runs with another umask, which would leak into modes that are merely asked for. */
export function withUmask<T>(mask: number, use: () => T): T {
  const before = process.umask(mask)
  try {
    return use()
  } finally {
    process.umask(before)
  }
}

/** The name part of a writer that has ended; its pid is not in use, for the kernel has not come round to it again. */
export const deadToken = (): string => `${inode('/proc/self/ns/pid')}-${spawnSync('true').pid}-aa`

/** A port whose every call goes through `around` first: it may do something, fail, or call. */
export function around(sys: Sys, hook: (op: keyof Sys, args: readonly unknown[], call: () => unknown) => unknown): Sys {
  const wrap =
    (op: keyof Sys) =>
    (...args: unknown[]) =>
      hook(op, args, () => (sys[op] as (...args: unknown[]) => unknown)(...args))
  return Object.fromEntries((Object.keys(sys) as (keyof Sys)[]).map(op => [op, wrap(op)])) as unknown as Sys
}

/** The host's registry, where `meanwhile` happens right before the n-th call of an operation; 'every': before each. */
export function interrupted(host: FakeHost, op: keyof Sys, nth: number | 'every', meanwhile: () => void): Registry {
  let seen = 0
  const sys = around(nodeSys(), (called, _args, call) => {
    if (called === op && (nth === 'every' || ++seen === nth)) meanwhile()
    return call()
  })
  return new Registry(sys, host.root)
}

export const errno = (code: string): Error => Object.assign(new Error(`${code}: made up`), { code })

/** What a call throws, as data: anything that is not a RegistryError is thrown on. */
export function refusal(call: () => unknown): { code: string; device?: string; owner?: string } | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    const { code, device, owner } = error
    return { code, ...(device === undefined ? {} : { device }), ...(owner === undefined ? {} : { owner }) }
  }
}
