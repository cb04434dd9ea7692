import { accessSync, constants, lstatSync, readlinkSync } from 'node:fs'
import { below, hostTree } from '@nvmf/controllers'
import type { FileFacts, Host } from '../doctor/host.ts'
import { load } from './load.ts'

const PATIENCE_MS = 5000
const MOST_BYTES = 65_536

/** A host whose file system begins at `root`. */
export function doctorHost(root: string): Host {
  const { at, names, text } = hostTree(root)
  const full = (path: string): string => below(root, path as `/${string}`)
  return {
    look: path => orAbsent(() => facts(at(full(path), 'keep'))),
    read: path => orAbsent(() => text(full(path), MOST_BYTES)),
    readOnly: path => isReadOnly(at(full(path))),
    names: path => orAbsent(() => names(full(path))) ?? [],
    here: below(root, '/') === '/',
    run,
    asRoot: process.geteuid?.() === 0,
  }
}

function facts(path: string): FileFacts {
  const stats = lstatSync(path)
  const link = stats.isSymbolicLink()
  return {
    kind: link ? 'link' : stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other',
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    size: stats.size,
    written: stats.mtimeMs,
    installed: stats.ctimeMs,
    ...(link ? { target: readlinkSync(path) } : {}),
  }
}

/** access(2) says EROFS to root and, unless the mode is in the way, to everybody else. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}

function orAbsent<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return undefined
    throw error
  }
}

function run(path: string, args: readonly string[]): string | undefined {
  const { spawnSync } = load.childProcess()
  const { error, status, signal } = spawnSync(path, args, { stdio: 'ignore', timeout: PATIENCE_MS, env: {} })
  if (error !== undefined) return (error as NodeJS.ErrnoException).code ?? error.message
  return status === 0 ? undefined : signal === null ? `exit code ${status}` : signal
}
