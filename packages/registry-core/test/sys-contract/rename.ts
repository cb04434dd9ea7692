import { expect } from 'vitest'
import { type ContractCase, names, outcome, read, write } from './case.ts'

/** rename(2): what it replaces, and what it never does. */
export const rename: readonly ContractCase[] = [
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
