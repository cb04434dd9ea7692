import { expect } from 'vitest'
import { itself, within } from '../../src/layout.ts'
import { type ContractCase, names, opened, outcome, read, write } from './case.ts'

/** Paths through an open directory, which stay with it whatever becomes of its name. */
export const anchored: readonly ContractCase[] = [
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
