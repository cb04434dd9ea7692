import { STEPS, stepNumber } from '../src/layout.ts'
import type { FileRead } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { LAYOUT } from './invariants.ts'
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
export const everyEntryIsAnothers: Mutation = sys => incarnationReads(sys, '999')

/** Claims with rename(2), which replaces, instead of link(2), which compares. */
export const claimReplaces: Mutation = sys => ({
  ...sys,
  link: (from, to) => (endsIn('owner')(to) ? sys.rename(from, to) : sys.link(from, to)),
})

const isStep = (name: string): boolean => stepNumber(name) !== undefined
const isOwnersFile = (name: string): boolean => /^owner\.tmp\.[0-9]/.test(name)

/** Decides a change before the one before it was made. */
export const doesNotFinish: Mutation = sys => ({
  ...sys,
  readdir: (path, prefix) => sys.readdir(path, prefix).filter(name => !isOwnersFile(name)),
})

/** Decides a change although another process has decided that one. */
export const decidesByReplacing: Mutation = sys => ({
  ...sys,
  symlink: (target, path) => {
    try {
      sys.symlink(target, path)
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'EEXIST' || !path.includes('.step-')) throw error
      sys.unlink(path)
      sys.symlink(target, path)
    }
  },
})

/** Makes its change without looking whether a higher one had been decided. */
export const doesNotLookForHigherSteps: Mutation = sys => {
  let own: string | undefined
  return {
    ...sys,
    symlink: (target, path) => {
      sys.symlink(target, path)
      own = path.slice(path.lastIndexOf('/') + 1)
    },
    readdir: (path, prefix) => {
      const names = sys.readdir(path, prefix)
      return own !== undefined && isStep(own) && names.some(isStep)
        ? [...names.filter(name => !isStep(name)), own]
        : names
    },
  }
}

/** Takes the highest step away with the lower ones. */
export const removesItsOwnStep: Mutation = sys => {
  let own: string | undefined
  return {
    ...sys,
    symlink: (target, path) => {
      sys.symlink(target, path)
      if (path.includes('.step-')) own = path
    },
    rename: (from, to) => {
      sys.rename(from, to)
      if (own !== undefined) sys.unlink(own)
    },
  }
}

/** Makes a change for another process without looking whether that was the highest step all the while. */
export const doesNotLookAgainBeforeFinishing: Mutation = sys => {
  let step: string | undefined
  let before: string[] = []
  return {
    ...sys,
    readlink: path => {
      const target = sys.readlink(path)
      step = path.includes('.step-') ? path : undefined
      return target
    },
    readdir: (path, prefix) => {
      const names = sys.readdir(path, prefix)
      if (prefix !== STEPS) return names
      const again = step !== undefined
      step = undefined
      if (!again) before = names
      return again ? before : names
    },
  }
}

/** Empties a directory without identity without deciding first that it is dead. */
export const doesNotCondemn: Mutation = sys => ({
  ...sys,
  symlink: (target, path) => {
    if (!endsIn('incarnation')(path)) sys.symlink(target, path)
  },
})

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

/** Takes every writer for dead. */
export const everyWriterIsGone: Mutation = sys => ({ ...sys, isGone: () => true })

/** Removes what has the name, whatever is in it. */
export const removesRecursively: Mutation = sys => ({
  ...sys,
  rmdir: path => {
    for (const name of sys.readdir(path)) sys.unlink(`${path}/${name}`)
    sys.rmdir(path)
  },
})

/** Lets go of the number as soon as it has it. */
export const doesNotPin: Mutation = sys => ({
  ...sys,
  openNode: path => {
    sys.close(sys.openNode(path))
    return NO_FD
  },
  close: fd => {
    if (fd !== NO_FD) sys.close(fd)
  },
})
const NO_FD = -1

/** Takes a remove event for the proof that the controller of that name is gone (K5). */
export const eventIsProof: Mutation = sys => ({
  ...sys,
  stat: path => {
    if (path === CLASS) throw new SysError('ENOENT', `stat '${path}'`)
    return sys.stat(path)
  },
})
const CLASS = `/sys/class/nvme/${DEVICE}`

/** Takes every entry for the live controller's, if there is one. */
export const everyEntryIsTheLive: Mutation = sys => {
  let live: string | undefined
  return {
    ...sys,
    stat: path => {
      const info = sys.stat(path)
      if (path === CLASS) live = info.ino
      return info
    },
    readFile: (path, limit) =>
      (live !== undefined && endsIn('incarnation')(path) ? incarnationReads(sys, live) : sys).readFile(path, limit),
  }
}

/** Takes every entry for the first that it saw. */
export const everyEntryIsTheFirst: Mutation = sys => {
  let first: FileRead | undefined
  return {
    ...sys,
    readFile: (path, limit) =>
      endsIn('incarnation')(path) ? (first ??= sys.readFile(path, limit)) : sys.readFile(path, limit),
  }
}

/** Writes into an entry without identity without saying first whose it is, and takes it for identified from then on. */
export const doesNotIdentify: Mutation = sys => {
  let identity: Uint8Array | undefined
  return {
    ...sys,
    writeFile: (path, bytes, mode) => {
      if (path.includes('/incarnation.tmp.')) identity = bytes
      sys.writeFile(path, bytes, mode)
    },
    link: (from, to) => {
      if (!endsIn('incarnation')(to)) sys.link(from, to)
    },
    readFile: (path, limit) =>
      identity !== undefined && endsIn('incarnation')(path)
        ? { kind: 'file', bytes: identity }
        : sys.readFile(path, limit),
  }
}

/** Does not look whether the directory was condemned and emptied before it gives it an identity. */
export const identifiesWithoutLooking: Mutation = sys => {
  let written = false
  return {
    ...sys,
    writeFile: (path, bytes, mode) => {
      sys.writeFile(path, bytes, mode)
      written = path.includes('/incarnation.tmp.')
    },
    readdir: path => {
      const names = sys.readdir(path)
      return written && !names.includes('incarnation') ? ['owner'] : names
    },
  }
}

/** Takes an empty directory for somebody's. */
export const emptyIsSomebodys: Mutation = sys => ({
  ...sys,
  readdir: path => {
    const names = sys.readdir(path)
    return names.some(name => !name.includes('.tmp.')) ? names : [...names, 'owner']
  },
})

/** Takes a controller that it cannot look at for one that is gone. */
export const unseenIsGone: Mutation = sys => ({
  ...sys,
  stat: path => {
    try {
      return sys.stat(path)
    } catch (error) {
      throw path === CLASS && error instanceof SysError ? new SysError('ENOENT', `stat '${path}'`) : error
    }
  },
})

/** Leaves a directory that could not be removed, although somebody has put something into it since it was emptied. */
export const leavesWhatCameLater: Mutation = sys => ({
  ...sys,
  rmdir: path => {
    try {
      sys.rmdir(path)
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'ENOTEMPTY') throw error
    }
  },
})

/** Leaves the directory that libnvme could not remove because of what a process of ours had in it. */
export const leavesTrash: Mutation = sys => ({
  ...sys,
  rmdir: path => {
    if (path.includes('/.trash.')) throw new SysError('ENOTEMPTY', `rmdir '${path}'`)
    sys.rmdir(path)
  },
})

/** Leaves what it has written into the entry of a controller that has died. */
export const leavesWhatDied: Mutation = sys => {
  let died = false
  return {
    ...sys,
    stat: path => {
      try {
        return sys.stat(path)
      } catch (error) {
        died ||= path === LAYOUT.sysfs(DEVICE)
        throw error
      }
    },
    openDir: path => {
      if (died && path === LAYOUT.entry(DEVICE)) throw new SysError('ENOENT', `open '${path}'`)
      return sys.openDir(path)
    },
  }
}
