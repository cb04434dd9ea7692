import { execFileSync } from 'node:child_process'
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
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The directory of a host of which only what the helper looks at is there. */
export interface CleanupHost {
  readonly root: string
  path(...names: string[]): string
  /** A controller; gives its incarnation. */
  connect(device: string): string
  /** Its class directory is kept elsewhere, so that the next incarnation's has another inode number on any file system. */
  remove(device: string): void
  put(device: string, files: Record<string, string>): void
  /**
   * Everything in the registry: name, mode and content of each, an incarnation of `connect` as such, so that two hosts to
   * which the same was done have the same listing.
   */
  listing(): string[]
}

export function cleanupHost(): CleanupHost {
  const root = mkdtempSync(join(tmpdir(), 'cleanup-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const path = (...names: string[]): string => join(root, 'run/nvme/registry', ...names)
  const classDir = (device: string): string => join(root, 'sys/class/nvme', device)
  const incarnations: string[] = []
  for (const dir of [path(), classDir(''), join(root, 'dev'), join(root, 'graveyard')])
    mkdirSync(dir, { recursive: true })
  return {
    root,
    path,
    connect: device => {
      mkdirSync(classDir(device))
      const incarnation = statSync(classDir(device), { bigint: true }).ino.toString()
      incarnations.push(incarnation)
      return incarnation
    },
    remove: device => {
      const graveyard = join(root, 'graveyard')
      renameSync(classDir(device), join(graveyard, `${device}.${readdirSync(graveyard).length}`))
    },
    put: (device, files) => {
      mkdirSync(path(device), { recursive: true })
      for (const [name, text] of Object.entries(files)) writeFileSync(path(device, name), text)
    },
    listing: () =>
      listing(root, 'run').map(line =>
        line.replace(/"([0-9]+)\\n"$/, (text, ino: string) =>
          incarnations.includes(ino) ? `the incarnation ${incarnations.indexOf(ino)}` : text,
        ),
      ),
  }
}

function listing(dir: string, below: string): string[] {
  if (!existsSync(join(dir, below))) return []
  return readdirSync(join(dir, below))
    .toSorted()
    .flatMap(name => {
      const path = join(below, name)
      const stat = lstatSync(join(dir, path))
      const line = `${path} ${stat.mode.toString(8)}`
      if (stat.isDirectory()) return [`${line}/`, ...listing(dir, path)]
      if (stat.isSymbolicLink()) return [`${line} -> ${readlinkSync(join(dir, path))}`]
      return [stat.isFile() ? `${line} ${JSON.stringify(readFileSync(join(dir, path), 'utf8').slice(0, 200))}` : line]
    })
}

export function fifo(path: string): void {
  execFileSync('mkfifo', [path])
}
