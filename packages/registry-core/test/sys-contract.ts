import { expect } from 'vitest'
import { itself, within } from '../src/layout.ts'
import { errnoOf, type Sys } from '../src/sys.ts'
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts'

/** What an implementation's test has to bring, because the port has no call for it. */
export interface ContractHelpers {
  makeFifo(path: string): void
  makeSymlink(target: string, path: string): void
  /** Permission bits, or undefined for an implementation that has none. */
  modeOf(path: string): number | undefined
  withUmask(mask: number, use: () => void): void
}

export interface ContractCase {
  readonly name: string
  /** @param dir an empty directory */
  run(sys: Sys, dir: string, helpers: ContractHelpers): void
}

/** The errno of a failing call, or 'fine'. What is not an errno is thrown on: an implementation may not invent errors. */
function outcome(call: () => unknown): string {
  try {
    call()
    return 'fine'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return errno
  }
}

const write = (sys: Sys, path: string, text = 'text\n'): void => sys.writeFile(path, encodeUtf8(text), 0o644)
const read = (sys: Sys, path: string, limit = 100): string | undefined => {
  const file = sys.readFile(path, limit)
  return file.kind === 'file' ? decodeUtf8(file.bytes) : undefined
}
const names = (sys: Sys, dir: string): string[] => sys.readdir(dir).toSorted()

/** Runs with a directory open, and closes it. */
function opened(sys: Sys, path: string, use: (fd: number) => void): void {
  const fd = sys.openDir(path)
  try {
    use(fd)
  } finally {
    sys.close(fd)
  }
}

const rename: ContractCase[] = [
  {
    name: 'rename gives a directory a name that is free, with all that is in it',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/a`, 0o755)
      write(sys, `${dir}/a/f`)
      const { ino } = sys.stat(`${dir}/a`)
      sys.rename(`${dir}/a`, `${dir}/b`)
      expect(names(sys, dir)).toEqual(['b'])
      expect(sys.stat(`${dir}/b`)).toEqual({ kind: 'dir', ino })
      expect(read(sys, `${dir}/b/f`)).toBe('text\n')
    },
  },
  {
    name: 'rename puts a directory in the place of an empty one',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/a`, 0o755)
      write(sys, `${dir}/a/f`)
      sys.mkdir(`${dir}/b`, 0o755)
      const { ino } = sys.stat(`${dir}/a`)
      sys.rename(`${dir}/a`, `${dir}/b`)
      expect(names(sys, dir)).toEqual(['b'])
      expect(sys.stat(`${dir}/b`).ino).toBe(ino)
      expect(names(sys, `${dir}/b`)).toEqual(['f'])
    },
  },
  {
    name: 'rename never puts a directory in the place of one that is not empty: ENOTEMPTY, and nothing changes',
    run: (sys, dir) => {
      for (const each of ['a', 'b']) {
        sys.mkdir(`${dir}/${each}`, 0o755)
        write(sys, `${dir}/${each}/in-${each}`)
      }
      expect(outcome(() => sys.rename(`${dir}/a`, `${dir}/b`))).toBe('ENOTEMPTY')
      expect(names(sys, `${dir}/a`)).toEqual(['in-a'])
      expect(names(sys, `${dir}/b`)).toEqual(['in-b'])
    },
  },
  {
    name: 'rename replaces a file at once',
    run: (sys, dir) => {
      write(sys, `${dir}/a`, 'new\n')
      write(sys, `${dir}/b`, 'old\n')
      sys.rename(`${dir}/a`, `${dir}/b`)
      expect(names(sys, dir)).toEqual(['b'])
      expect(read(sys, `${dir}/b`)).toBe('new\n')
    },
  },
  {
    name: 'rename of a file onto a directory: EISDIR, empty or not',
    run: (sys, dir) => {
      write(sys, `${dir}/f`)
      sys.mkdir(`${dir}/d`, 0o755)
      expect(outcome(() => sys.rename(`${dir}/f`, `${dir}/d`))).toBe('EISDIR')
      write(sys, `${dir}/d/f`)
      expect(outcome(() => sys.rename(`${dir}/f`, `${dir}/d`))).toBe('EISDIR')
      expect(names(sys, dir)).toEqual(['d', 'f'])
    },
  },
  {
    name: 'rename of a directory onto a file, a link or a FIFO: ENOTDIR',
    run: (sys, dir, helpers) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/file`)
      helpers.makeSymlink('nowhere', `${dir}/link`)
      helpers.makeFifo(`${dir}/fifo`)
      for (const each of ['file', 'link', 'fifo'])
        expect(outcome(() => sys.rename(`${dir}/d`, `${dir}/${each}`))).toBe('ENOTDIR')
      expect(names(sys, dir)).toEqual(['d', 'fifo', 'file', 'link'])
    },
  },
  {
    name: 'rename of a file replaces a link or a FIFO, not what the link leads to',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/target`, 'target\n')
      helpers.makeSymlink('target', `${dir}/link`)
      helpers.makeFifo(`${dir}/fifo`)
      for (const each of ['link', 'fifo']) {
        write(sys, `${dir}/new`, 'new\n')
        sys.rename(`${dir}/new`, `${dir}/${each}`)
        expect(read(sys, `${dir}/${each}`)).toBe('new\n')
      }
      expect(read(sys, `${dir}/target`)).toBe('target\n')
    },
  },
  {
    name: 'rename of what is not there, or to where no directory is: ENOENT; below a file: ENOTDIR',
    run: (sys, dir) => {
      write(sys, `${dir}/f`)
      expect(outcome(() => sys.rename(`${dir}/missing`, `${dir}/b`))).toBe('ENOENT')
      expect(outcome(() => sys.rename(`${dir}/f`, `${dir}/missing/b`))).toBe('ENOENT')
      expect(outcome(() => sys.rename(`${dir}/f`, `${dir}/f/b`))).toBe('ENOTDIR')
      expect(names(sys, dir)).toEqual(['f'])
    },
  },
  {
    name: 'rename between two names of one file does nothing and succeeds: both names stay',
    run: (sys, dir) => {
      write(sys, `${dir}/a`)
      sys.link(`${dir}/a`, `${dir}/b`)
      expect(outcome(() => sys.rename(`${dir}/a`, `${dir}/b`))).toBe('fine')
      expect(names(sys, dir)).toEqual(['a', 'b'])
    },
  },
  {
    name: 'rename onto itself does nothing and succeeds, for a full directory too',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/d/f`)
      expect(outcome(() => sys.rename(`${dir}/d`, `${dir}/d`))).toBe('fine')
      expect(outcome(() => sys.rename(`${dir}/d/f`, `${dir}/d/f`))).toBe('fine')
      expect(names(sys, `${dir}/d`)).toEqual(['f'])
    },
  },
]

const remove: ContractCase[] = [
  {
    name: 'rmdir takes an empty directory and no other thing: ENOTEMPTY, ENOTDIR, ENOENT',
    run: (sys, dir, helpers) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/d/f`)
      helpers.makeSymlink('d', `${dir}/link`)
      expect(outcome(() => sys.rmdir(`${dir}/d`))).toBe('ENOTEMPTY')
      expect(outcome(() => sys.rmdir(`${dir}/d/f`))).toBe('ENOTDIR')
      expect(outcome(() => sys.rmdir(`${dir}/link`))).toBe('ENOTDIR')
      expect(outcome(() => sys.rmdir(`${dir}/missing`))).toBe('ENOENT')
      sys.unlink(`${dir}/d/f`)
      sys.rmdir(`${dir}/d`)
      expect(names(sys, dir)).toEqual(['link'])
    },
  },
  {
    name: 'unlink takes a file, a link and a FIFO; a directory: EISDIR; nothing: ENOENT; below a file: ENOTDIR',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/target`)
      write(sys, `${dir}/file`)
      helpers.makeSymlink('target', `${dir}/link`)
      helpers.makeFifo(`${dir}/fifo`)
      sys.mkdir(`${dir}/d`, 0o755)
      for (const each of ['file', 'link', 'fifo']) sys.unlink(`${dir}/${each}`)
      expect(outcome(() => sys.unlink(`${dir}/d`))).toBe('EISDIR')
      expect(outcome(() => sys.unlink(`${dir}/file`))).toBe('ENOENT')
      expect(outcome(() => sys.unlink(`${dir}/target/f`))).toBe('ENOTDIR')
      expect(names(sys, dir)).toEqual(['d', 'target'])
    },
  },
]

const make: ContractCase[] = [
  {
    name: 'link gives a file a second name, and unlink of one leaves the other',
    run: (sys, dir) => {
      write(sys, `${dir}/a`)
      sys.link(`${dir}/a`, `${dir}/b`)
      expect(sys.stat(`${dir}/b`)).toEqual(sys.stat(`${dir}/a`))
      sys.unlink(`${dir}/a`)
      expect(read(sys, `${dir}/b`)).toBe('text\n')
    },
  },
  {
    name: 'link takes no name that is taken, whatever has it: EEXIST, and that stays',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/a`, 'new\n')
      write(sys, `${dir}/file`, 'old\n')
      sys.mkdir(`${dir}/dir`, 0o755)
      helpers.makeSymlink('nowhere', `${dir}/link`)
      for (const each of ['file', 'dir', 'link', 'a'])
        expect(outcome(() => sys.link(`${dir}/a`, `${dir}/${each}`))).toBe('EEXIST')
      expect(read(sys, `${dir}/file`)).toBe('old\n')
    },
  },
  {
    name: 'link of what is not there: ENOENT; of a directory: EPERM',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      expect(outcome(() => sys.link(`${dir}/missing`, `${dir}/b`))).toBe('ENOENT')
      expect(outcome(() => sys.link(`${dir}/d`, `${dir}/b`))).toBe('EPERM')
      expect(names(sys, dir)).toEqual(['d'])
    },
  },
  {
    name: 'writeFile makes a file with exactly these bytes',
    run: (sys, dir) => {
      for (const [name, text] of Object.entries({ empty: '', one: 'x', utf8: 'ä € 𝄞\n', long: 'y'.repeat(70_000) })) {
        write(sys, `${dir}/${name}`, text)
        expect(read(sys, `${dir}/${name}`, 100_000)).toBe(text)
      }
    },
  },
  {
    name: 'writeFile takes no name that is taken, a link neither: EEXIST, and that stays',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/file`, 'old\n')
      sys.mkdir(`${dir}/dir`, 0o755)
      helpers.makeSymlink('elsewhere', `${dir}/link`)
      for (const each of ['file', 'dir', 'link'])
        expect(outcome(() => write(sys, `${dir}/${each}`, 'new\n'))).toBe('EEXIST')
      expect(read(sys, `${dir}/file`)).toBe('old\n')
      expect(names(sys, dir)).toEqual(['dir', 'file', 'link'])
    },
  },
  {
    name: 'writeFile where no directory is: ENOENT; below a file: ENOTDIR',
    run: (sys, dir) => {
      write(sys, `${dir}/f`)
      expect(outcome(() => write(sys, `${dir}/missing/f`))).toBe('ENOENT')
      expect(outcome(() => write(sys, `${dir}/f/f`))).toBe('ENOTDIR')
    },
  },
  {
    name: 'mkdir makes an empty directory, an inode of its own; EEXIST, ENOENT and ENOTDIR otherwise',
    run: (sys, dir, helpers) => {
      sys.mkdir(`${dir}/a`, 0o755)
      sys.mkdir(`${dir}/b`, 0o755)
      write(sys, `${dir}/f`)
      helpers.makeSymlink('nowhere', `${dir}/link`)
      expect(names(sys, `${dir}/a`)).toEqual([])
      expect(sys.stat(`${dir}/a`).ino).not.toBe(sys.stat(`${dir}/b`).ino)
      for (const taken of ['a', 'f', 'link']) expect(outcome(() => sys.mkdir(`${dir}/${taken}`, 0o755))).toBe('EEXIST')
      expect(outcome(() => sys.mkdir(`${dir}/missing/d`, 0o755))).toBe('ENOENT')
      expect(outcome(() => sys.mkdir(`${dir}/f/d`, 0o755))).toBe('ENOTDIR')
    },
  },
  {
    name: 'modes are as given under umask 077',
    run: (sys, dir, helpers) => {
      helpers.withUmask(0o077, () => {
        sys.mkdir(`${dir}/d`, 0o755)
        write(sys, `${dir}/f`)
      })
      expect([0o755, undefined]).toContain(helpers.modeOf(`${dir}/d`))
      expect([0o644, undefined]).toContain(helpers.modeOf(`${dir}/f`))
    },
  },
]

const look: ContractCase[] = [
  {
    name: 'openDir opens a directory and nothing else: ENOTDIR for a file, a FIFO and any link, ENOENT',
    run: (sys, dir, helpers) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/file`)
      helpers.makeFifo(`${dir}/fifo`)
      helpers.makeSymlink('d', `${dir}/link`)
      helpers.makeSymlink('nowhere', `${dir}/dangling`)
      for (const each of ['file', 'fifo', 'link', 'dangling'])
        expect(outcome(() => sys.openDir(`${dir}/${each}`))).toBe('ENOTDIR')
      expect(outcome(() => sys.openDir(`${dir}/missing`))).toBe('ENOENT')
      expect(outcome(() => sys.openDir(`${dir}/file/d`))).toBe('ENOTDIR')
      expect(outcome(() => sys.close(sys.openDir(`${dir}/d`)))).toBe('fine')
    },
  },
  {
    name: 'close gives the descriptor up: a second one, and every path through it, fails',
    run: (sys, dir) => {
      const fd = sys.openDir(dir)
      sys.close(fd)
      expect(outcome(() => sys.close(fd))).toBe('EBADF')
      expect(outcome(() => sys.stat(itself(fd)))).toBe('ENOENT')
      expect(outcome(() => sys.readdir(itself(fd)))).toBe('ENOENT')
    },
  },
  {
    name: 'readFile gives at most the limit',
    run: (sys, dir) => {
      write(sys, `${dir}/f`, '123456')
      expect([0, 1, 5, 6, 7].map(limit => read(sys, `${dir}/f`, limit))).toEqual(['', '1', '12345', '123456', '123456'])
    },
  },
  {
    name: "readFile of a FIFO that nobody writes to comes back at once: 'other', and so does a directory",
    run: (sys, dir, helpers) => {
      helpers.makeFifo(`${dir}/fifo`)
      sys.mkdir(`${dir}/d`, 0o755)
      expect(sys.readFile(`${dir}/fifo`, 10)).toEqual({ kind: 'other' })
      expect(sys.readFile(`${dir}/d`, 10)).toEqual({ kind: 'other' })
    },
  },
  {
    name: 'readFile follows no link at the end: ELOOP, also for one that leads nowhere',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/target`)
      helpers.makeSymlink('target', `${dir}/link`)
      helpers.makeSymlink('nowhere', `${dir}/dangling`)
      expect(outcome(() => sys.readFile(`${dir}/link`, 10))).toBe('ELOOP')
      expect(outcome(() => sys.readFile(`${dir}/dangling`, 10))).toBe('ELOOP')
    },
  },
  {
    name: 'readFile and stat of what is not there: ENOENT; below a file: ENOTDIR; stat of a dangling link: ENOENT',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/f`)
      helpers.makeSymlink('nowhere', `${dir}/dangling`)
      expect(outcome(() => sys.readFile(`${dir}/missing`, 10))).toBe('ENOENT')
      expect(outcome(() => sys.readFile(`${dir}/f/f`, 10))).toBe('ENOTDIR')
      expect(outcome(() => sys.stat(`${dir}/missing`))).toBe('ENOENT')
      expect(outcome(() => sys.stat(`${dir}/f/f`))).toBe('ENOTDIR')
      expect(outcome(() => sys.stat(`${dir}/dangling`))).toBe('ENOENT')
    },
  },
  {
    name: 'stat tells files, directories and others apart, and a new inode from an old one',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/a`)
      write(sys, `${dir}/b`)
      sys.mkdir(`${dir}/d`, 0o755)
      helpers.makeFifo(`${dir}/fifo`)
      expect(['a', 'd', 'fifo'].map(each => sys.stat(`${dir}/${each}`).kind)).toEqual(['file', 'dir', 'other'])
      expect(sys.stat(`${dir}/a`).ino).not.toBe(sys.stat(`${dir}/b`).ino)
    },
  },
  {
    name: 'readdir gives every name but . and ..; ENOENT, ENOTDIR',
    run: (sys, dir, helpers) => {
      expect(sys.readdir(dir)).toEqual([])
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/.hidden`)
      helpers.makeSymlink('nowhere', `${dir}/link`)
      expect(names(sys, dir)).toEqual(['.hidden', 'd', 'link'])
      expect(outcome(() => sys.readdir(`${dir}/missing`))).toBe('ENOENT')
      expect(outcome(() => sys.readdir(`${dir}/.hidden`))).toBe('ENOTDIR')
    },
  },
  {
    name: 'openNode never waits, not for a FIFO either; ENOENT',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/node`)
      helpers.makeFifo(`${dir}/fifo`)
      for (const each of ['node', 'fifo']) expect(outcome(() => sys.close(sys.openNode(`${dir}/${each}`)))).toBe('fine')
      expect(outcome(() => sys.openNode(`${dir}/missing`))).toBe('ENOENT')
    },
  },
  {
    name: 'token gives another one each time, fit for a file name',
    run: sys => {
      const tokens = Array.from({ length: 100 }, () => sys.token())
      expect(new Set(tokens).size).toBe(100)
      for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]+-[0-9]+-[0-9]+-[A-Za-z0-9]+$/)
    },
  },
]

const anchored: ContractCase[] = [
  {
    name: 'a path through an open directory leads to its files, and its own inode is that of its name',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      opened(sys, `${dir}/d`, fd => {
        write(sys, within(fd, 'f'))
        sys.link(within(fd, 'f'), within(fd, 'g'))
        sys.rename(within(fd, 'f'), within(fd, 'h'))
        expect(names(sys, itself(fd))).toEqual(['g', 'h'])
        expect(names(sys, `${dir}/d`)).toEqual(['g', 'h'])
        expect(read(sys, within(fd, 'h'))).toBe('text\n')
        expect(sys.stat(itself(fd))).toEqual(sys.stat(`${dir}/d`))
      })
    },
  },
  {
    name: 'a path through an open directory still leads to it when it was renamed away and replaced: the successor is safe',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/d/f`, 'old\n')
      opened(sys, `${dir}/d`, fd => {
        const { ino } = sys.stat(itself(fd))
        sys.rename(`${dir}/d`, `${dir}/away`)
        sys.mkdir(`${dir}/d`, 0o755)
        write(sys, `${dir}/d/f`, 'new\n')
        expect(sys.stat(itself(fd)).ino).toBe(ino)
        expect(sys.stat(`${dir}/d`).ino).not.toBe(ino)
        expect(read(sys, within(fd, 'f'))).toBe('old\n')
        sys.unlink(within(fd, 'f'))
        write(sys, within(fd, 'late'))
        expect(read(sys, `${dir}/d/f`)).toBe('new\n')
        expect(names(sys, `${dir}/d`)).toEqual(['f'])
        expect(names(sys, `${dir}/away`)).toEqual(['late'])
      })
    },
  },
  {
    name: 'a removed directory that is open takes nothing new: ENOENT for writeFile, mkdir, rename and link',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      write(sys, `${dir}/f`)
      opened(sys, `${dir}/d`, fd => {
        sys.rmdir(`${dir}/d`)
        sys.mkdir(`${dir}/d`, 0o755)
        expect(outcome(() => write(sys, within(fd, 'f')))).toBe('ENOENT')
        expect(outcome(() => sys.mkdir(within(fd, 'd'), 0o755))).toBe('ENOENT')
        expect(outcome(() => sys.rename(`${dir}/f`, within(fd, 'f')))).toBe('ENOENT')
        expect(outcome(() => sys.link(`${dir}/f`, within(fd, 'f')))).toBe('ENOENT')
        expect(names(sys, `${dir}/d`)).toEqual([])
        expect(names(sys, dir)).toEqual(['d', 'f'])
      })
    },
  },
  {
    name: 'a removed directory that is open reads as empty: readdir nothing or ENOENT, files ENOENT, its inode stays its own',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      const { ino } = sys.stat(`${dir}/d`)
      opened(sys, `${dir}/d`, fd => {
        sys.rmdir(`${dir}/d`)
        sys.mkdir(`${dir}/d`, 0o755)
        write(sys, `${dir}/d/f`)
        let listed: string[] = []
        expect(['fine', 'ENOENT']).toContain(outcome(() => (listed = sys.readdir(itself(fd)))))
        expect(listed).toEqual([])
        expect(outcome(() => sys.readFile(within(fd, 'f'), 10))).toBe('ENOENT')
        expect(outcome(() => sys.unlink(within(fd, 'f')))).toBe('ENOENT')
        expect(sys.stat(itself(fd))).toEqual({ kind: 'dir', ino })
        expect(sys.stat(`${dir}/d`).ino).not.toBe(ino)
      })
    },
  },
  {
    name: 'an open directory that was replaced by rename is a removed one',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      opened(sys, `${dir}/d`, fd => {
        sys.mkdir(`${dir}/new`, 0o755)
        write(sys, `${dir}/new/f`)
        sys.rename(`${dir}/new`, `${dir}/d`)
        expect(outcome(() => write(sys, within(fd, 'late')))).toBe('ENOENT')
        expect(names(sys, `${dir}/d`)).toEqual(['f'])
      })
    },
  },
  {
    name: 'through an open directory no link is followed at the end either, and a sub-directory is no file',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/outside`)
      sys.mkdir(`${dir}/d`, 0o755)
      sys.mkdir(`${dir}/d/sub`, 0o755)
      helpers.makeSymlink('../outside', `${dir}/d/link`)
      opened(sys, `${dir}/d`, fd => {
        expect(outcome(() => sys.readFile(within(fd, 'link'), 10))).toBe('ELOOP')
        expect(sys.readFile(within(fd, 'sub'), 10)).toEqual({ kind: 'other' })
        expect(outcome(() => sys.unlink(within(fd, 'sub')))).toBe('EISDIR')
        sys.unlink(within(fd, 'link'))
      })
      expect(read(sys, `${dir}/outside`)).toBe('text\n')
    },
  },
]

/** The port's contract: each implementation passes every case, so that what the explorer proves holds on a real tmpfs. */
export const sysContract: readonly ContractCase[] = [...rename, ...remove, ...make, ...look, ...anchored]
