import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

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
  const root = cacheRoot()
  const target = path.join(root, name)
  if (existsSync(target)) return target
  await mkdir(root, { recursive: true })
  const unlock = await lock(path.join(root, `.${name}.lock`))
  try {
    if (existsSync(target)) return target
    const partial = path.join(root, `.${name}.partial`)
    await rm(partial, { recursive: true, force: true })
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
  const names = await readdir(cacheRoot()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const name = names
    .filter(entry => entry.startsWith(prefix))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)
  return name === undefined ? undefined : path.join(cacheRoot(), name)
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
