import { expect } from 'vitest'
import { type ContractCase, names, outcome, write } from './case.ts'

/** unlink and rmdir: each takes what is its own and nothing else. */
export const remove: readonly ContractCase[] = [
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
