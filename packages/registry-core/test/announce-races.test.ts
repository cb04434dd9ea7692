import { describe, expect, test } from 'vitest'
import { LAYOUT } from '../proof/invariants.ts'
import { MemoryFs, SysError } from '../proof/memory-fs.ts'
import type { AnnouncingSys } from '../src/announcing-sys.ts'
import { announce, withdraw } from '../src/protocol/announce.ts'
import { announced, announcementNames, clearEnded, emptyGone } from '../src/protocol/announcements.ts'
import { encodeUtf8 } from '../src/utf8.ts'

const TEXT = encodeUtf8('owner=stas\n')

/** A host without a registry, as two processes see it. */
function host(): { fs: MemoryFs; sys: AnnouncingSys; other: AnnouncingSys } {
  const fs = new MemoryFs()
  let tokens = 0
  const [sys, other] = ['a', 'b'].map(name => fs.sysFor(name, () => `1-1-1-${name}${++tokens}`)) as [
    AnnouncingSys,
    AnnouncingSys,
  ]
  sys.mkdir('/run', 0o755)
  return { fs, sys, other }
}

/** The port, with something happening right before a call of it, the first `times` times. */
function before(
  sys: AnnouncingSys,
  call: keyof AnnouncingSys,
  which: RegExp,
  happen: () => void,
  times = 1,
): AnnouncingSys {
  let left = times
  const real = sys[call] as (...args: unknown[]) => unknown
  return {
    ...sys,
    [call]: (...args: unknown[]) => {
      if (which.test(String(args[0])) && left-- > 0) happen()
      return real(...args)
    },
  }
}

describe('an unfinished announcement that another process removes', () => {
  test.each<[keyof AnnouncingSys, RegExp]>([
    ['openDir', /\/new\./],
    ['listen', /alive$/],
    ['writeFile', /what$/],
    ['rename', /\/new\./],
  ])('before %s: it is made once more', (call, which) => {
    const { sys, other } = host()
    const removing = before(sys, call, which, () => {
      const [name = ''] = announcementNames(other, LAYOUT)
      const token = name.slice('new.'.length)
      other.rename(LAYOUT.announcement(name), LAYOUT.announcement(`gone.${token}`))
      expect(emptyGone(other, LAYOUT, token)).toBe(true)
    })
    const own = announce(removing, LAYOUT, 'connecting', TEXT)
    expect(own.token).toBe('1-1-1-a2')
    expect(announced(other, LAYOUT, new Map()).connecting).toEqual([{ owner: 'stas' }])
    withdraw(removing, LAYOUT, own)
    expect(other.readdir(LAYOUT.registry)).toEqual([])
  })

  test('again and again: busy, and nothing is left', () => {
    const { sys, other } = host()
    const clearing = before(sys, 'listen', /alive$/, () => void clearEnded(other, LAYOUT), 1000)
    expect(() => announce(clearing, LAYOUT, 'connecting', TEXT)).toThrow(expect.objectContaining({ code: 'busy' }))
    expect(other.readdir(LAYOUT.registry)).toEqual([])
  })
})

describe('the place of announcements', () => {
  test('is made again if it is removed, empty as it is, before something is in it', () => {
    const { sys, other } = host()
    const removing = before(sys, 'mkdir', /\/new\./, () => other.rmdir(LAYOUT.announced))
    const own = announce(removing, LAYOUT, 'leaving', encodeUtf8('nvme1=5\n'))
    expect(announcementNames(other, LAYOUT)).toEqual([own.name])
  })

  // mkdir of the port is two calls: the directory can go between mkdir(2) and chmod(2).
  test('is made again if it is removed before it has its mode', () => {
    const { sys } = host()
    let failed = false
    const removed: AnnouncingSys = {
      ...sys,
      mkdir: (path, mode) => {
        if (path === LAYOUT.announced && !failed) {
          failed = true
          throw new SysError('ENOENT', `chmod '${path}'`)
        }
        sys.mkdir(path, mode)
      },
    }
    expect(announce(removed, LAYOUT, 'connecting', TEXT).token).toBe('1-1-1-a2')
  })

  test('goes with the last announcement, and not before', () => {
    const { sys, other } = host()
    const first = announce(sys, LAYOUT, 'connecting', TEXT)
    const second = announce(other, LAYOUT, 'connecting', TEXT)
    withdraw(sys, LAYOUT, first)
    expect(announcementNames(sys, LAYOUT)).toEqual([second.name])
    withdraw(other, LAYOUT, second)
    expect(sys.readdir(LAYOUT.registry)).toEqual([])
  })
})

const refused = (): never => {
  throw new SysError('EROFS', 'read-only')
}

describe('a failing call', () => {
  test.each<keyof AnnouncingSys>(['mkdir', 'openDir', 'listen', 'writeFile', 'rename'])(
    'of %s fails the announcement, and leaves nothing',
    call => {
      const { sys, other } = host()
      const failing = before(sys, call, /\/new\.|alive$|what$/, () => {
        throw new SysError('ENOSPC', call)
      })
      expect(() => announce(failing, LAYOUT, 'connecting', TEXT)).toThrow('ENOSPC')
      clearEnded(other, LAYOUT)
      expect(other.readdir(LAYOUT.registry)).toEqual([])
    },
  )

  test('of a withdrawal throws nothing, and the announcement has ended', () => {
    const { sys, other } = host()
    const own = announce(sys, LAYOUT, 'connecting', TEXT)
    withdraw({ ...sys, rename: refused, unlink: refused, rmdir: refused }, LAYOUT, own)
    expect(announced(other, LAYOUT, new Map()).connecting).toEqual([])
    expect(clearEnded(other, LAYOUT)).toEqual([own.name])
  })

  test('of a cleaner is thrown when the rest is removed', () => {
    const { fs, sys, other } = host()
    announce(sys, LAYOUT, 'connecting', TEXT)
    announce(sys, LAYOUT, 'connecting', TEXT)
    fs.closeAll('a')
    const failing = before(other, 'rename', /a1$/, refused)
    expect(() => clearEnded(failing, LAYOUT)).toThrow('EROFS')
    expect(announcementNames(other, LAYOUT)).toEqual(['connecting.1-1-1-a1'])
  })
})

test('a text that is withdrawn between the list and the look counts for nothing', () => {
  const { sys, other } = host()
  const own = announce(sys, LAYOUT, 'connecting', TEXT)
  const withdrawing = before(other, 'readFile', /what$/, () => withdraw(sys, LAYOUT, own))
  expect(announced(withdrawing, LAYOUT, new Map())).toEqual({ connecting: [], leaving: [] })
})
