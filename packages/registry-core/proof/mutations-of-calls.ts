import type { FileRead } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { SysError } from './memory-fs.ts'
import type { Mutation } from './mutations.ts'
import { DEVICE, ENTRY, type ProgramSys } from './world.ts'

/** More ways to get the protocol wrong: each takes one rule away by changing what one call does. */

const isStaging = (path: string): boolean => path.startsWith(`/run/nvme/registry/.${DEVICE}.new.`)
const endsIn = (name: string) => (path: string) => path.endsWith(`/${name}`)
const without =
  (call: 'writeFile' | 'unlink', leftOut: (path: string) => boolean): Mutation =>
  sys => ({
    ...sys,
    [call]: (path: string, bytes: Uint8Array, mode: number) => {
      if (!leftOut(path)) sys[call](path, bytes, mode)
    },
  })

/** Registers without saying for which incarnation. */
export const noIncarnation = without('writeFile', endsIn('incarnation'))
/** Registers without a stamp. */
export const noStamp = without('writeFile', endsIn('seqnum'))

/** Fills the entry where everybody sees it, instead of under a hidden name. */
export const inTheOpen: Mutation = sys => ({
  ...sys,
  mkdir: (path, mode) => sys.mkdir(inPlace(path), mode),
  openDir: path => sys.openDir(inPlace(path)),
  rename: (from, to) => (isStaging(from) ? undefined : sys.rename(from, to)),
})

const inPlace = (path: string): string => (isStaging(path) ? ENTRY : path)

const incarnationReads = (sys: ProgramSys, value: string): ProgramSys => ({
  ...sys,
  readFile: (path, limit): FileRead => {
    const file = sys.readFile(path, limit)
    return endsIn('incarnation')(path) ? { kind: 'file', bytes: encodeUtf8(`${value}\n`) } : file
  },
})

/** Takes every entry for another incarnation's. */
export const everyEntryIsAnothers: Mutation = sys => incarnationReads(sys, 'another')

/** Claims with rename(2), which replaces, instead of link(2), which compares. */
export const claimReplaces: Mutation = sys => ({
  ...sys,
  link: (from, to) => (endsIn('owner')(to) ? sys.rename(from, to) : sys.link(from, to)),
})

/** Takes an owner away without looking whether somebody else does. */
export const doesNotLookForOthers: Mutation = sys => ({
  ...sys,
  readdir: path => sys.readdir(path).filter(name => !name.includes('.tmp.')),
})

/** Empties a directory without identity without deciding first that it is dead. */
export const doesNotCondemn: Mutation = sys => ({ ...sys, symlink: () => {} })

/** Takes what it cannot read for something that is not there. */
export const unreadableIsAbsent: Mutation = sys => ({
  ...sys,
  readFile: (path, limit) => {
    try {
      return sys.readFile(path, limit)
    } catch (error) {
      if (error instanceof SysError) throw new SysError('ENOENT', `open '${path}'`)
      throw error
    }
  },
})

/** Acts on the owner that it has read once. */
export const readsTheOwnerOnce: Mutation = sys => {
  let first: FileRead | undefined
  return {
    ...sys,
    readFile: (path, limit) =>
      endsIn('owner')(path) ? (first ??= sys.readFile(path, limit)) : sys.readFile(path, limit),
  }
}

/** Deletes a live entry file by file, because it does not hold the number. */
export const deletesInPieces: Mutation = sys => ({
  ...sys,
  openNode: path => {
    throw new SysError('ENXIO', `open '${path}'`)
  },
})

/** Takes every writer for dead. */
export const everyWriterIsGone: Mutation = sys => ({
  ...sys,
  readFile: (path, limit) => {
    if (/^\/proc\/[0-9]+\/stat$/.test(path)) throw new SysError('ENOENT', `open '${path}'`)
    return sys.readFile(path, limit)
  },
})

/** Removes what has the name, whatever is in it. */
export const removesRecursively: Mutation = sys => ({
  ...sys,
  rmdir: path => {
    for (const name of sys.readdir(path)) sys.unlink(`${path}/${name}`)
    sys.rmdir(path)
  },
})
