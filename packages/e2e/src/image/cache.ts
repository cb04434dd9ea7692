import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

/** An entry that no process has asked for in this time is removed when another one is built. */
const KEPT_MS = 7 * 24 * 3600 * 1000

/** Where built images are kept: `$XDG_CACHE_HOME/nvmf-e2e`, or `~/.cache/nvmf-e2e`. */
export function cacheRoot(): string {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'nvmf-e2e')
}

/**
 * The directory `name` in the cache, made by `build` when it is not there.
 *
 * Several processes may ask at once: one builds, the others wait for its lock. The build happens in a
 * directory beside the final one and is renamed into place when it is whole, so a cache entry that exists
 * is complete, and what a killed build leaves is swept by the next one.
 */
export async function cached(name: string, build: (dir: string) => Promise<void>): Promise<string> {
  const target = path.join(cacheRoot(), name)
  if (existsSync(target)) return target
  await mkdir(cacheRoot(), { recursive: true })
  const unlock = await lock(path.join(cacheRoot(), `.${name}.lock`))
  try {
    if (existsSync(target)) return target
    const partials = `.${name}.partial-`
    for (const left of await entries(partials)) await rm(left, { recursive: true, force: true })
    // Its name is new every time: a dying child of a killed build can write nothing into this one.
    const partial = path.join(cacheRoot(), partials + randomUUID())
    await mkdir(partial)
    await build(partial)
    await rename(partial, target)
    return target
  } finally {
    await unlock()
  }
}

/** The newest cache entry whose name begins with `prefix`. */
export async function newestEntry(prefix: string): Promise<string | undefined> {
  const found = await entries(prefix)
  return found.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
}

/** Notes that entries are in use, which {@link sweep} respects. */
export async function touch(...dirs: string[]): Promise<void> {
  const now = new Date()
  for (const dir of dirs) await utimes(dir, now, now)
}

/**
 * Removes what work has left behind: every change to a recipe is half a gigabyte.
 *
 * @param prefix only entries whose name begins so
 * @param keptMs how long ago the last use was, at least; a week
 */
export async function sweep(prefix = '', keptMs = KEPT_MS): Promise<void> {
  for (const entry of await entries(prefix)) {
    const used = await stat(entry).catch(() => undefined) // another process sweeps too
    if (used?.isDirectory() && used.mtimeMs < Date.now() - keptMs) await rm(entry, { recursive: true, force: true })
  }
}

async function entries(prefix: string): Promise<string[]> {
  const names = await readdir(cacheRoot()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter(name => name.startsWith(prefix)).map(name => path.join(cacheRoot(), name))
}

/**
 * Holds an exclusive flock(2) through a child, as Node has no flock: the child lives as long as its stdin
 * is open, so the kernel drops the lock however this process ends.
 */
async function lock(file: string): Promise<() => Promise<void>> {
  const child = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => reject(new Error(`flock ${file}: exit ${code}`)))
    child.stdout.once('data', () => resolve())
  })
  return () => {
    child.stdin.end()
    return ended
  }
}
