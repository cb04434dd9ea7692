import { expect } from 'vitest'
import { type ContractCase, names, outcome, read, write } from './case.ts'

/** writeFile and mkdir: new things only, with exactly these bytes and modes. */
export const make: readonly ContractCase[] = [
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
