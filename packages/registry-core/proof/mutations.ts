import { RegistryError } from '../src/errors.ts'
import { publish } from '../src/protocol/publish.ts'
import type { FileRead, Sys } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import type { Program } from './actor.ts'
import { LAYOUT } from './invariants.ts'
import { DEVICE, type ProgramSys } from './world.ts'

/**
 * Ways to get the protocol wrong, each as a wrapper that makes the shipped code do the wrong thing. The checker must find
 * every one: a rule of the protocol that could be dropped unnoticed would not be proven.
 */
export type Mutation = (sys: ProgramSys) => ProgramSys

export const mutated =
  (mutation: Mutation, program: Program): Program =>
  sys =>
    program(mutation(sys))

const WITHIN = /^\/proc\/self\/fd\/([0-9]+)\//

/** Acts on the entry by its name instead of through the directory that was judged. */
export const byName: Mutation = sys => {
  const names = new Map<string, string>()
  const named = (path: string): string =>
    path.replace(WITHIN, (all, fd: string) => (names.has(fd) ? `${names.get(fd)}/` : all))
  return {
    ...sys,
    openDir: path => {
      const fd = sys.openDir(path)
      names.set(String(fd), path)
      return fd
    },
    unlink: path => sys.unlink(named(path)),
    readFile: (path, limit) => sys.readFile(named(path), limit),
  }
}

/** Takes what it saw of the controller before publishing for what is there afterwards. */
export const noCheckAfterPublishing: Mutation = sys => {
  let seen: ReturnType<Sys['stat']> | undefined
  return {
    ...sys,
    stat: path => (path === LAYOUT.sysfs(DEVICE) ? (seen ??= sys.stat(path)) : sys.stat(path)),
  }
}

/** Unlinks the incarnation before the owner. */
export const identityFirst: Mutation = sys => ({ ...sys, unlink: path => sys.unlink(swapped(path)) })

const swapped = (path: string): string =>
  path.endsWith('/owner') ? path.replace(/owner$/, 'incarnation') : path.replace(/incarnation$/, 'owner')

/** Takes a stamp that does not parse for an old one. */
export const badStampIsOld: Mutation = sys => ({
  ...sys,
  readFile: (path, limit): FileRead => {
    const file = sys.readFile(path, limit)
    return path.endsWith('/seqnum') && file.kind === 'file' && !/^[0-9]+\n?$/.test(String.fromCharCode(...file.bytes))
      ? { kind: 'file', bytes: encodeUtf8('0\n') }
      : file
  },
})

/** Lets go of the number before it is registered. */
export const unpinnedConnectFor =
  (owner: string): Program =>
  sys => {
    sys.connect()
    sys.unpin()
    try {
      return publish(sys, LAYOUT, DEVICE, owner)
    } catch (error) {
      // Losing a race to another is not what this is about.
      if (error instanceof RegistryError) return error.code
      throw error
    }
  }
