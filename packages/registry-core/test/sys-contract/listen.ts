import { expect } from 'vitest'
import type { AnnouncingSys } from '../../src/announcing-sys.ts'
import { within } from '../../src/layout.ts'
import { names, opened, outcome, write } from './case.ts'

export interface ListenCase {
  readonly name: string
  /** @param dir an empty directory */
  run(sys: AnnouncingSys, dir: string): void
}

/** listen: what is there while a process listens, and where it cannot. */
export const listen: readonly ListenCase[] = [
  {
    name: 'listen makes a name that is neither file nor directory, and holds',
    run: (sys, dir) => {
      const fd = sys.listen(`${dir}/alive`)
      expect(sys.stat(`${dir}/alive`).kind).toBe('other')
      expect(sys.holds(`${dir}/alive`)).toBe(true)
      sys.close(fd)
    },
  },
  {
    name: 'listen where the name is taken, or where no directory is: EIO, and nothing is made',
    run: (sys, dir) => {
      write(sys, `${dir}/file`)
      for (const path of ['file', 'missing/alive']) expect(outcome(() => sys.listen(`${dir}/${path}`))).toBe('EIO')
      expect(names(sys, dir)).toEqual(['file'])
    },
  },
  {
    name: 'listen in a removed directory that is open: EIO',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/d`, 0o755)
      opened(sys, `${dir}/d`, fd => {
        sys.rmdir(`${dir}/d`)
        expect(outcome(() => sys.listen(within(fd, 'alive')))).toBe('EIO')
      })
    },
  },
  {
    name: 'a directory with a socket that listens is renamed, emptied and removed as any other, also before it is closed',
    run: (sys, dir) => {
      sys.mkdir(`${dir}/new`, 0o755)
      opened(sys, `${dir}/new`, fd => {
        const alive = sys.listen(within(fd, 'alive'))
        sys.rename(`${dir}/new`, `${dir}/gone`)
        expect(sys.stat(`${dir}/gone/alive`).kind).toBe('other')
        sys.unlink(`${dir}/gone/alive`)
        sys.rmdir(`${dir}/gone`)
        sys.close(alive)
      })
      expect(names(sys, dir)).toEqual([])
    },
  },
]
