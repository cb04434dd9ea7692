import { expect } from 'vitest'
import { itself } from '../../src/layout.ts'
import { type ContractCase, outcome, write } from './case.ts'

/** openDir, openNode, close, and the token. */
export const open: readonly ContractCase[] = [
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
      for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]+-[0-9]+-[A-Za-z0-9]+$/)
    },
  },
]
