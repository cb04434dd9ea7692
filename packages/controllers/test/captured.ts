import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import type { SysfsReader } from '../src/index.ts'
import { errno } from './host.ts'

/** What stands at a path: see capture.mjs for the text that it comes from. */
export type Node =
  | { readonly kind: 'directory'; readonly inode: string }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'error'; readonly errno: string }

/** A captured sysfs, by path without a leading slash. */
export type Captured = ReadonlyMap<string, Node>

/** Reads the text of a captured tree. */
export function parseCaptured(text: string): Captured {
  const nodes = new Map<string, Node>()
  const add = (path: string, node: Node): void => {
    if (nodes.has(path)) throw new Error(`${path} is there twice`)
    nodes.set(path, node)
  }
  let directory = ''
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [, path, inode] = /^(\S+)\/ ([0-9]+)$/.exec(line) ?? []
    const [, name = '', rest = ''] = /^ {2}(\S+) (.*)$/.exec(line) ?? []
    if (path !== undefined && inode !== undefined) add((directory = path), { kind: 'directory', inode })
    else if (rest.startsWith('-> ')) add(`${directory}/${name}`, { kind: 'link', to: rest.slice(3) })
    else if (rest.startsWith('! ')) add(`${directory}/${name}`, { kind: 'error', errno: rest.slice(2) })
    else if (rest.startsWith('"')) add(`${directory}/${name}`, { kind: 'file', text: JSON.parse(rest) })
    else throw new Error(`line ${index + 1} of a captured tree: ${line}`)
  }
  return nodes
}

/** A captured tree as sysfs, without files; `before` sees each call and may change the tree. */
export function capturedSysfs(nodes: Captured, before: () => void = () => {}): SysfsReader {
  const resolve = (path: string): [string, Node] => {
    let at = ''
    for (const name of path.split('/').filter(part => part !== '')) {
      at = posix.join(at, name)
      const node = nodes.get(at)
      if (node?.kind === 'link') at = posix.join(dirname(at), node.to)
    }
    const found = nodes.get(at)
    if (found === undefined) throw errno('ENOENT')
    if (found.kind === 'error') throw errno(found.errno)
    return [at, found]
  }
  return {
    readdir(path) {
      before()
      const [at, node] = resolve(path)
      if (node.kind !== 'directory') throw errno('ENOTDIR')
      return [...nodes.keys()].filter(each => dirname(each) === at).map(each => posix.basename(each))
    },
    readText(path) {
      before()
      const [, node] = resolve(path)
      if (node.kind !== 'file') throw errno('EISDIR')
      return node.text
    },
    inode(path) {
      before()
      const [, node] = resolve(path)
      return node.kind === 'directory' ? node.inode : '1'
    },
  }
}

/** The same as files below a directory. What cannot be read is a directory there; inode numbers are the file system's. */
export function plantCaptured(nodes: Captured, root: string): void {
  for (const [path, node] of nodes) {
    const full = join(root, path)
    mkdirSync(node.kind === 'link' || node.kind === 'file' ? dirname(full) : full, { recursive: true })
    if (node.kind === 'link') symlinkSync(node.to, full)
    if (node.kind === 'file') writeFileSync(full, node.text)
  }
}
