import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Accelerator } from '../machine/qemu.ts'
import { makeScratch, removeScratch } from '../machine/scratch.ts'
import type { Archives } from './apt.ts'
import { hostArchives } from './apt.ts'
import { buildBase } from './base.ts'
import { firstBoot } from './boot.ts'
import { cached, cacheRoot, newestEntry, sweep, touch } from './cache.ts'
import { unpackEmulator } from './emulator.ts'
import type { GuestImage } from './image.ts'
import { openImage } from './image.ts'
import { findKernel, unpackKernel } from './kernel.ts'
import { checkHost } from './prerequisites.ts'
import type { Suite } from './userland.ts'
import { buildUserland } from './userland.ts'

/** Which guest to prepare. */
export interface PrepareOptions {
  suite?: Suite
  /** TCG unless told: it works everywhere. */
  accelerator?: Accelerator
  /** Told what is going on; silent unless given. */
  log?: (line: string) => void
}

const SOURCE = path.join(import.meta.dirname, '..')

/**
 * Returns a guest that `startGuest` restores in a second, building it first when this host has none: 60 to
 * 90 s, with all downloads.
 *
 * Every part is cached under the fingerprint of the sources that make it, so a change to a recipe is a new
 * image and nobody has to remember a version number. To follow the archives, delete the cache.
 */
export async function prepareImage(options: PrepareOptions = {}): Promise<GuestImage> {
  const { suite = 'trixie', accelerator = 'tcg', log = () => {} } = options
  const prefix = `image-${suite}-${accelerator}-${await fingerprint('image', '../guest', 'machine/qemu.ts')}-`
  const ready = await newestEntry(prefix)
  if (ready !== undefined) return inUse(ready)

  await mkdir(cacheRoot(), { recursive: true })
  const hostSuite = await checkHost(cacheRoot(), log)
  const archives = await hostArchives(hostSuite)
  log(`building a ${suite} guest in ${cacheRoot()}`)
  // Together: the downloads of one overlap with the unpacking of the others.
  const [emulator, userland, kernel] = await allDone([
    part(`emulator-${hostSuite}`, 'emulator.ts', log, dir => unpackEmulator(dir, hostSuite, archives)),
    part(`userland-${suite}`, 'userland.ts', log, dir => buildUserland(dir, suite, archives)),
    kernelPart(archives, log),
  ])
  const version = (await readFile(path.join(kernel, 'version'), 'utf8')).trim()
  const base = await cached(prefix.replace('image', 'base') + version, async dir => {
    log('making the disk')
    await buildBase(dir, { busybox: path.join(emulator, 'bin/busybox'), userland, kernel, version })
  })
  const dir = await cached(prefix + version, async partial => {
    log('booting once')
    await firstBoot({ dir: partial, suite, kernel: version, accelerator, emulator, base })
  })
  log(`ready: ${dir}`)
  await touch(kernel, userland)
  const image = await inUse(dir)
  await sweep()
  return image
}

/**
 * Returns a Debian userland as a tar file: a root to install packages in, without a kernel or a machine. It is the one
 * that {@link prepareImage} builds and caches.
 */
export async function prepareUserland(suite: Suite, log: (line: string) => void = () => {}): Promise<string> {
  await mkdir(cacheRoot(), { recursive: true })
  const hostSuite = await checkHost(cacheRoot(), log)
  const build = async (dir: string) => buildUserland(dir, suite, await hostArchives(hostSuite))
  const dir = await part(`userland-${suite}`, 'userland.ts', log, build)
  await touch(dir)
  return path.join(dir, 'root.tar')
}

async function inUse(dir: string): Promise<GuestImage> {
  const image = await openImage(dir)
  await touch(image.dir, image.base, image.emulator)
  return image
}

async function part(
  name: string,
  source: string,
  log: (line: string) => void,
  build: (dir: string) => Promise<void>,
): Promise<string> {
  const fingerprints = await fingerprint(`image/${source}`, 'image/apt.ts')
  return cached(`${name}-${fingerprints}`, async dir => {
    log(`${name}: begun`)
    await build(dir)
    log(`${name}: done`)
  })
}

/** The kernel's version is part of its name in the cache, and only its archive knows it. */
async function kernelPart(archives: Archives, log: (line: string) => void): Promise<string> {
  const prefix = `kernel-${await fingerprint('image/kernel.ts', 'image/apt.ts')}-`
  const ready = await newestEntry(prefix)
  if (ready !== undefined) return ready
  const scratch = await makeScratch()
  try {
    const { apt, version } = await findKernel(scratch, archives)
    return await cached(prefix + version, async dir => {
      log(`kernel ${version}: begun`)
      await unpackKernel(dir, apt, version)
      log(`kernel ${version}: done`)
    })
  } finally {
    await removeScratch(scratch)
  }
}

/** Waits for all, then throws the first failure: a build that goes on behind a failed one would be in the way. */
async function allDone<T extends Promise<string>[]>(jobs: [...T]): Promise<{ [K in keyof T]: string }> {
  await Promise.allSettled(jobs)
  return Promise.all(jobs) as Promise<{ [K in keyof T]: string }>
}

/** A short hash of source files, or of all files in directories, below src. */
async function fingerprint(...names: string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const name of names) {
    const place = path.join(SOURCE, name)
    const files = (await stat(place)).isDirectory() ? (await readdir(place)).toSorted() : ['']
    for (const file of files) hash.update(`${file}\0`).update(await readFile(path.join(place, file)))
  }
  return hash.digest('hex').slice(0, 12)
}
