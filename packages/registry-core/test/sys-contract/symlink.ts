import { expect } from 'vitest'
import { within } from '../../src/layout.ts'
import { type ContractCase, names, opened, outcome, read, write } from './case.ts'

/** symlink and readlink: the link that condemns a directory, made once and read without being followed. */
export const symlink: readonly ContractCase[] = [
  {
    name: 'symlink makes a link that says what it was given, and readlink gives that back',
    run: (sys, dir) => {
      sys.symlink('condemned', `${dir}/link`)
      expect(names(sys, dir)).toEqual(['link'])
      expect(sys.readlink(`${dir}/link`)).toBe('condemned')
      expect(outcome(() => sys.readFile(`${dir}/link`, 10))).toBe('ELOOP')
    },
  },
  {
    name: 'symlink takes no name that is taken, whatever has it: EEXIST, and that stays',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/file`)
      sys.mkdir(`${dir}/dir`, 0o755)
      helpers.makeFifo(`${dir}/fifo`)
      sys.symlink('first', `${dir}/link`)
      for (const each of ['file', 'dir', 'fifo', 'link'])
        expect(outcome(() => sys.symlink('second', `${dir}/${each}`))).toBe('EEXIST')
      expect(read(sys, `${dir}/file`)).toBe('text\n')
      expect(sys.readlink(`${dir}/link`)).toBe('first')
    },
  },
  {
    name: 'link to a name that a symlink has: EEXIST, so that of condemning and identifying only one happens',
    run: (sys, dir) => {
      write(sys, `${dir}/a`)
      sys.symlink('condemned', `${dir}/b`)
      expect(outcome(() => sys.link(`${dir}/a`, `${dir}/b`))).toBe('EEXIST')
      expect(sys.readlink(`${dir}/b`)).toBe('condemned')
    },
  },
  {
    name: 'symlink where no directory is, or into a removed one that is open: ENOENT',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      opened(sys, `${dir}/d`, fd => {
        sys.rmdir(`${dir}/d`)
        expect(outcome(() => sys.symlink('condemned', within(fd, 'link')))).toBe('ENOENT')
      })
      expect(outcome(() => sys.symlink('condemned', `${dir}/missing/link`))).toBe('ENOENT')
      expect(names(sys, dir)).toEqual([])
    },
  },
  {
    name: 'readlink of what is no link: EINVAL; of nothing: ENOENT',
    run: (sys, dir, helpers) => {
      write(sys, `${dir}/file`)
      sys.mkdir(`${dir}/dir`, 0o755)
      helpers.makeFifo(`${dir}/fifo`)
      for (const each of ['file', 'dir', 'fifo']) expect(outcome(() => sys.readlink(`${dir}/${each}`))).toBe('EINVAL')
      expect(outcome(() => sys.readlink(`${dir}/missing`))).toBe('ENOENT')
    },
  },
]
