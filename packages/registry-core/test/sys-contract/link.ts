import { expect } from 'vitest'
import { type ContractCase, names, outcome, read, write } from './case.ts'

/** link: a second name for a file, the compare-and-set from nothing. */
export const link: readonly ContractCase[] = [
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
]
