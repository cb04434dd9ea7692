import { chmodSync, copyFileSync, existsSync, lutimesSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Content } from './description.ts'
import { PackagingError } from './run.ts'

/**
 * Lays out a package's files in `tree`, the same bytes, modes and dates whoever builds: modes do not depend on the
 * umask nor on a checkout, and every date is the source's.
 */
export function layOut(contents: readonly Content[], root: string, tree: string, epoch: number): void {
  makeDirectory(tree)
  for (const content of contents) place(content, root, tree)
  for (const path of walk(tree)) lutimesSync(path, epoch, epoch)
}

function place({ src, dst, type, file_info }: Content, root: string, tree: string): void {
  if (!dst.startsWith('/') || normalize(dst) !== dst) throw new PackagingError(`"${dst}" is no absolute, plain path`)
  const target = join(tree, dst)
  makeDirectory(dirname(target), tree)
  if (type === 'dir') {
    makeDirectory(target, tree)
    if (file_info?.mode !== undefined) chmodSync(target, file_info.mode)
    return
  }
  if (src === undefined) throw new PackagingError(`${dst} has no "src"`)
  if (type === 'symlink') {
    symlinkSync(src, target)
    return
  }
  const source = join(root, src)
  if (!existsSync(source)) throw new PackagingError(`${src} is missing: build it first (npm run build)`)
  if (file_info?.mode === undefined) throw new PackagingError(`${dst} has no "file_info.mode"`)
  copyFileSync(source, target)
  chmodSync(target, file_info.mode)
}

function makeDirectory(path: string, above = dirname(path)): void {
  if (path === above || existsSync(path)) return
  makeDirectory(dirname(path), above)
  mkdirSync(path)
  chmodSync(path, 0o755)
}

/** Everything below and including `folder`, contents before their folder, in one order on every file system. */
export function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const below = entries.flatMap(entry => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
  return [...below, folder]
}
