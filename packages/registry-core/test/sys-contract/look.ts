import { expect } from 'vitest'
import { type ContractCase, names, outcome, read, write } from './case.ts'

/** readFile, stat and readdir: never through a link, never waiting. */
export const look: readonly ContractCase[] = [
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
      expect(sys.readdir(dir, '.h')).toEqual(['.hidden'])
      expect(sys.readdir(dir, 'link2')).toEqual([])
      expect(outcome(() => sys.readdir(`${dir}/missing`))).toBe('ENOENT')
      expect(outcome(() => sys.readdir(`${dir}/.hidden`))).toBe('ENOTDIR')
    },
  },
]
