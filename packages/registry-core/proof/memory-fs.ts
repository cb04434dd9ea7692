import type { AnnouncingSys } from '../src/announcing-sys.ts'
import type { FileInfo, FileRead } from '../src/sys.ts'
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts'
import { type Behind, isStagingOf } from './actor.ts'

/**
 * A file system in memory with Linux's semantics for exactly the calls of the port. The contract suite holds it and a
 * real tmpfs to the same answers. It can be cloned and has a key, which is what the explorer needs.
 */
type Kind = 'dir' | 'file' | 'other' | 'link'

/** Never changed, only replaced, so that copies share them; `key` is all that a node is. */
interface Node {
  readonly kind: Kind
  readonly entries: ReadonlyMap<string, string>
  readonly text: string
  /** How many names lead to it; a removed directory has none and takes no new names. */
  readonly links: number
  readonly key: string
}

const OWN_FD = /^\/proc\/self\/fd\/([0-9]+)(?=\/|$)((?:\/.*)?)$/
const INODE = /^@([^/]+)/
const ROOT = '1'

export class SysError extends Error {
  readonly code: string
  constructor(code: string, what: string) {
    super(`${code}: ${what}`)
    this.code = code
  }
}

/** Makers in the order of their first inode anywhere: the same number for a name in every world of this process. */
const MAKERS: string[] = []
const PER_MAKER = 10_000

/** A decimal number, as an inode's must be, that says who made it and as what number. */
function inodeOf(maker: string, count: number): string {
  if (!MAKERS.includes(maker)) MAKERS.push(maker)
  return String((MAKERS.indexOf(maker) + 1) * PER_MAKER + count)
}

/** The process that made what has this inode number. */
export const makerOf = (ino: string): string | undefined => MAKERS[Math.floor(Number(ino) / PER_MAKER) - 1]

const NONE: ReadonlyMap<string, string> = new Map()

function makeNode(kind: Kind, links: number, text: string, entries: ReadonlyMap<string, string> = NONE): Node {
  const names = [...entries.keys()].sort().map(name => `${name}:${entries.get(name)}`)
  return { kind, links, text, entries, key: `${kind}${links}${text}{${names.join()}}` }
}

export class MemoryFs {
  #nodes: Map<string, Node>
  /** Open descriptors: `<process> <number>` to inode. Each process has numbers of its own, as it should. */
  #fds: Map<string, string>
  /** How many each process has made. An inode is named after its maker, so that it is the same in every interleaving. */
  #made: Map<string, number>

  constructor(from?: MemoryFs) {
    this.#nodes = from === undefined ? new Map([[ROOT, makeNode('dir', 1, '')]]) : new Map(from.#nodes)
    this.#fds = new Map(from === undefined ? [] : from.#fds)
    this.#made = new Map(from === undefined ? [] : from.#made)
  }

  clone(): MemoryFs {
    return new MemoryFs(this)
  }

  /** Two file systems with the same key answer every later call alike. */
  key(): string {
    const made = [...this.#made].map(([who, count]) => `${who}${count}`)
    const nodes = [...this.#nodes].map(([ino, node]) => `${ino}${node.key}`)
    const fds = [...this.#fds].map(([fd, ino]) => `${fd}=${ino}`)
    return [made, nodes, fds].map(list => list.sort().join(';')).join('#')
  }

  /** A process that has ended makes nothing any more: how much it made is no part of what is to come. */
  forgetMaker(maker: string): void {
    this.#made.delete(maker)
  }

  /** The port, as one process sees it. A token is the process's name and how many it has asked for. */
  sysFor(owner: string, token: () => string, isGone: (pid: number) => boolean = () => false): AnnouncingSys {
    // A path through the process's own descriptor becomes one that begins at the inode behind it.
    const own = (path: string): string =>
      path.replace(OWN_FD, (_all, fd: string, rest: string) => {
        const ino = this.#fds.get(`${owner} ${fd}`)
        return ino === undefined ? path : `@${ino}${rest}`
      })
    return {
      openDir: path => {
        const { ino, node } = this.#lookUp(own(path), 'open')
        if (node.kind !== 'dir') throw new SysError('ENOTDIR', `open '${path}'`)
        return this.#open(ino, owner)
      },
      openNode: path => this.#open(this.#lookUp(own(path), 'open').ino, owner),
      close: fd => {
        if (!this.#close(`${owner} ${fd}`)) throw new SysError('EBADF', `close ${fd}`)
      },
      stat: path => this.#stat(own(path)),
      readFile: (path, limit) => this.#readFile(own(path), limit),
      readdir: (path, prefix = '') => {
        const { node } = this.#lookUp(own(path), 'scandir')
        if (node.kind !== 'dir') throw new SysError('ENOTDIR', `scandir '${path}'`)
        return [...node.entries.keys()].filter(name => name.startsWith(prefix)).sort()
      },
      unlink: path => {
        const { parent, name } = this.#parent(own(path), 'unlink')
        const target = this.#child(parent, name, `unlink '${path}'`)
        if (target.node.kind === 'dir') throw new SysError('EISDIR', `unlink '${path}'`)
        this.#setEntry(parent, name, undefined)
        this.#relink(target.ino, -1)
      },
      rmdir: path => {
        const { parent, name } = this.#parent(own(path), 'rmdir')
        const { ino, node } = this.#child(parent, name, `rmdir '${path}'`)
        if (node.kind !== 'dir') throw new SysError('ENOTDIR', `rmdir '${path}'`)
        if (node.entries.size > 0) throw new SysError('ENOTEMPTY', `rmdir '${path}'`)
        this.#setEntry(parent, name, undefined)
        this.#relink(ino, -1)
      },
      symlink: (target, path) => {
        const { parent, name } = this.#parent(own(path), 'symlink')
        if (this.#has(parent, name)) throw new SysError('EEXIST', `symlink '${path}'`)
        this.#setEntry(parent, name, this.#add(owner, makeNode('link', 1, target)))
      },
      readlink: path => {
        const { node } = this.#lookUp(own(path), 'readlink')
        if (node.kind !== 'link') throw new SysError('EINVAL', `readlink '${path}'`)
        return node.text
      },
      mkdir: path => {
        const { parent, name } = this.#parent(own(path), 'mkdir')
        if (this.#has(parent, name)) throw new SysError('EEXIST', `mkdir '${path}'`)
        this.#setEntry(parent, name, this.#add(owner, makeNode('dir', 1, '')))
      },
      writeFile: (path, bytes) => {
        const { parent, name } = this.#parent(own(path), 'open')
        if (this.#has(parent, name)) throw new SysError('EEXIST', `open '${path}'`)
        this.#setEntry(parent, name, this.#add(owner, makeNode('file', 1, decodeUtf8(bytes) ?? '\ufffd')))
      },
      isGone,
      rename: (from, to) => this.#rename(own(from), own(to)),
      link: (from, to) => {
        const source = this.#parent(own(from), 'link')
        const { ino, node } = this.#child(source.parent, source.name, `link '${from}'`)
        const target = this.#parent(own(to), 'link')
        if (this.#has(target.parent, target.name)) throw new SysError('EEXIST', `link '${from}' -> '${to}'`)
        if (node.kind === 'dir') throw new SysError('EPERM', `link '${from}'`)
        this.#setEntry(target.parent, target.name, ino)
        this.#relink(ino, 1)
      },
      token,
      listen: path => {
        const { parent, name } = this.#listening(own(path))
        const ino = this.#add(owner, makeNode('other', 1, ''))
        this.#setEntry(parent, name, ino)
        return this.#open(ino, owner)
      },
      // A socket listens as long as its process has it open; what is no socket refuses, as connect(2) does.
      holds: path => {
        try {
          const { ino, node } = this.#lookUp(own(path), 'connect')
          return node.kind === 'other' && this.isHeld(ino)
        } catch (error) {
          if (error instanceof SysError && error.code === 'ENOENT') return false
          throw error
        }
      },
    }
  }

  /** For building a world: a thing that is neither file nor directory (a FIFO), or a symbolic link. */
  makeSpecial(path: string, kind: 'other' | 'link'): void {
    const { parent, name } = this.#parent(path, 'mknod')
    this.#setEntry(parent, name, this.#add('boot', makeNode(kind, 1, '')))
  }

  /** Is a descriptor of this file or directory open in any process? */
  isHeld(ino: string): boolean {
    return [...this.#fds.values()].some(open => open === ino)
  }

  /** What the kernel does when a process ends. */
  closeAll(owner: string): void {
    for (const fd of this.#fds.keys()) if (fd.startsWith(`${owner} `)) this.#close(fd)
  }

  #add(maker: string, node: Node): string {
    const count = (this.#made.get(maker) ?? 0) + 1
    this.#made.set(maker, count)
    const ino = inodeOf(maker, count)
    this.#nodes.set(ino, node)
    return ino
  }

  #setEntry(dir: string, name: string, ino: string | undefined): void {
    const node = this.#node(dir)
    const entries = new Map(node.entries)
    if (ino === undefined) entries.delete(name)
    else entries.set(name, ino)
    this.#nodes.set(dir, makeNode('dir', node.links, '', entries))
  }

  /** Counts a name more or less; what has neither name nor descriptor is gone. */
  #relink(ino: string, by: number): void {
    const node = this.#node(ino)
    this.#nodes.set(ino, makeNode(node.kind, node.links + by, node.text, node.entries))
    this.#forget(ino)
  }

  #forget(ino: string): void {
    if (this.#node(ino).links === 0 && !this.isHeld(ino)) this.#nodes.delete(ino)
  }

  #close(fd: string): boolean {
    const open = this.#fds.get(fd)
    if (open === undefined) return false
    this.#fds.delete(fd)
    this.#forget(open)
    return true
  }

  #has(dir: string, name: string): boolean {
    return this.#node(dir).entries.has(name)
  }

  #open(ino: string, owner: string): number {
    let fd = 3
    while (this.#fds.has(`${owner} ${fd}`)) fd++
    this.#fds.set(`${owner} ${fd}`, ino)
    return fd
  }

  #node(ino: string): Node {
    const node = this.#nodes.get(ino)
    if (node === undefined) throw new Error(`no inode ${ino}`)
    return node
  }

  #lookUp(path: string, call: string): { ino: string; node: Node } {
    const start = INODE.exec(path)
    let ino = start === null ? ROOT : (start[1] as string)
    const rest = start === null ? path : path.slice(start[0].length)
    for (const name of rest.split('/')) {
      if (name === '' || name === '.') continue
      const node = this.#node(ino)
      if (node.kind !== 'dir') throw new SysError('ENOTDIR', `${call} '${path}'`)
      ino = node.entries.get(name) ?? this.#missing(path, call)
    }
    return { ino, node: this.#node(ino) }
  }

  #missing(path: string, call: string): never {
    throw new SysError('ENOENT', `${call} '${path}'`)
  }

  /** What an open descriptor leads to, as far as the explorer's reduction cares. */
  behind(owner: string, fd: number): Behind {
    const ino = this.#fds.get(`${owner} ${fd}`)
    if (ino === undefined || this.#node(ino).kind !== 'dir') return 'other'
    const registry = this.#lookUp('/run/nvme/registry', 'stat').node
    for (const [name, child] of registry.entries)
      if (child === ino && isStagingOf(owner, `/${name}`)) return 'own staging directory'
    return 'directory'
  }

  /** The directory that holds a path's last name. A removed directory takes no new names. */
  #parent(path: string, call: string): { parent: string; name: string } {
    const slash = path.lastIndexOf('/')
    const { ino, node } = this.#lookUp(slash < 0 ? path : path.slice(0, slash) || '/', call)
    if (node.kind !== 'dir') throw new SysError('ENOTDIR', `${call} '${path}'`)
    if (node.links === 0) throw new SysError('ENOENT', `${call} '${path}'`)
    return { parent: ino, name: path.slice(slash + 1) }
  }

  /** Where a socket can be made. Node gives the errno of a failing bind(2) too late: each is EIO to its caller. */
  #listening(path: string): { parent: string; name: string } {
    try {
      const place = this.#parent(path, 'listen')
      if (!this.#has(place.parent, place.name)) return place
    } catch (error) {
      if (!(error instanceof SysError)) throw error
    }
    throw new SysError('EIO', `listen '${path}'`)
  }

  #child(parent: string, name: string, what: string): { ino: string; node: Node } {
    const ino = this.#node(parent).entries.get(name)
    if (ino === undefined) throw new SysError('ENOENT', what)
    return { ino, node: this.#node(ino) }
  }

  #stat(path: string): FileInfo {
    const { ino, node } = this.#lookUp(path, 'stat')
    if (node.kind === 'link') throw new SysError('ENOENT', `stat '${path}'`)
    return { kind: node.kind, ino }
  }

  #readFile(path: string, limit: number): FileRead {
    const { node } = this.#lookUp(path, 'open')
    if (node.kind === 'link') throw new SysError('ELOOP', `open '${path}'`)
    return node.kind === 'file' ? { kind: 'file', bytes: encodeUtf8(node.text).subarray(0, limit) } : { kind: 'other' }
  }

  #rename(from: string, to: string): void {
    const what = `rename '${from}' -> '${to}'`
    const source = this.#parent(from, 'rename')
    const moved = this.#child(source.parent, source.name, what)
    const target = this.#parent(to, 'rename')
    const existing = this.#node(target.parent).entries.get(target.name)
    // Two names of one file, or one name twice: rename(2) does nothing then, and says that it did.
    if (existing === moved.ino) return
    if (existing !== undefined) {
      const there = this.#node(existing)
      if (moved.node.kind === 'dir' && there.kind !== 'dir') throw new SysError('ENOTDIR', what)
      if (moved.node.kind !== 'dir' && there.kind === 'dir') throw new SysError('EISDIR', what)
      if (there.entries.size > 0) throw new SysError('ENOTEMPTY', what)
    }
    this.#setEntry(source.parent, source.name, undefined)
    this.#setEntry(target.parent, target.name, moved.ino)
    if (existing !== undefined) this.#relink(existing, -1)
  }
}
