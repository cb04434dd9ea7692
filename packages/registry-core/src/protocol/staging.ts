import { RegistryError } from '../errors.ts'
import { DIR_MODE, FILE_MODE, INCARNATION, type Layout, SEQNUM, within } from '../layout.ts'
import { errnoOf, type Fd, type Sys, unless } from '../sys.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'
import { emptyEntry, removeEmpty } from './entry-dir.ts'
import { isSeqnum } from './judge.ts'
import { liveIncarnation } from './liveness.ts'

/** An entry under construction: complete, but under a name that every reader skips. */
export interface Staged {
  readonly path: string
  readonly dir: Fd
}

/**
 * Builds an entry for this incarnation: its identity, its stamp and `more`. On any failure nothing of it stays. The caller
 * closes `dir`.
 */
export function stage(sys: Sys, layout: Layout, device: string, incarnation: string, more: readonly NewFile[]): Staged {
  const files = entryFiles(sys, layout, incarnation, more)
  makeRegistry(sys, layout)
  const path = layout.staging(device, incarnation, sys.token())
  sys.mkdir(path, DIR_MODE)
  let dir: Fd | undefined
  try {
    dir = sys.openDir(path)
    for (const [name, bytes] of files) sys.writeFile(within(dir, name), bytes, FILE_MODE)
    return { path, dir }
  } catch (error) {
    discard(sys, path, dir)
    throw error
  }
}

/**
 * Runs `build`, which stages and places an entry. Where its controller is gone, a sweep may have removed what is staged.
 * @returns `gone` then
 */
export function unlessGone<T>(
  sys: Sys,
  layout: Layout,
  device: string,
  incarnation: string,
  build: () => T,
): T | 'gone' {
  try {
    return build()
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || liveIncarnation(sys, layout, device) === incarnation) throw error
    return 'gone'
  }
}

/** Best effort, because what brought us here is the error to report: whatever stays is hidden, and the sweep's to clear. */
export function discard(sys: Sys, path: string, dir: Fd | undefined): void {
  const steps = dir === undefined ? [] : [() => emptyEntry(sys, dir, path), () => sys.close(dir)]
  for (const step of [...steps, () => removeEmpty(sys, path)]) {
    try {
      step()
    } catch (error) {
      if (errnoOf(error) === undefined && !(error instanceof RegistryError)) throw error
    }
  }
}

/** A file of an entry: its name and its bytes. */
export type NewFile = readonly [name: string, bytes: Uint8Array]

/** All files of a new entry: which incarnation it is for, when it was made, and `more`. */
function entryFiles(sys: Sys, layout: Layout, incarnation: string, more: readonly NewFile[]): NewFile[] {
  const stamp = readStamp(sys, layout)
  const identity: NewFile = [INCARNATION, encodeUtf8(`${incarnation}\n`)]
  return stamp === undefined ? [identity, ...more] : [identity, [SEQNUM, stamp], ...more]
}

/** The uevent sequence number as it is now; undefined where the kernel does not show it. */
function readStamp(sys: Sys, layout: Layout): Uint8Array | undefined {
  const file = unless(['ENOENT'], () => sys.readFile(layout.uevent, 64))
  const stamp = file?.kind === 'file' ? decodeUtf8(file.bytes)?.trim() : undefined
  return stamp !== undefined && isSeqnum(stamp) ? encodeUtf8(`${stamp}\n`) : undefined
}

/** /run/nvme/registry, made with its parents where it is missing. */
export function makeRegistry(sys: Sys, layout: Layout): void {
  if (isRegistry(sys, layout)) return
  for (const path of layout.registryParents) unless(['EEXIST'], () => sys.mkdir(path, DIR_MODE))
  if (!isRegistry(sys, layout)) throw new RegistryError('busy', `${layout.registry} was removed while it was made`)
}

function isRegistry(sys: Sys, layout: Layout): boolean {
  try {
    sys.close(sys.openDir(layout.registry))
    return true
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT') return false
    if (errno === 'ENOTDIR' || errno === 'ELOOP')
      throw new RegistryError('damaged', `${layout.registry} is not a directory`, { cause: error })
    throw error
  }
}
