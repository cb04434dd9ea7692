import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutBelow, stagingToken } from '../src/layout.ts'
import { devicesAmong, isAttribute, isDevice } from '../src/names.ts'
import type { ReapSys } from '../src/sys.ts'
import { encodeUtf8 } from '../src/utf8.ts'
import { writerIsGone, writerToken } from '../src/writer-token.ts'
import { errno } from './host.ts'
import { counterexample } from './properties.ts'

/** Letter by letter, without a pattern: the kernel's own `nvme%d` of an int that is not negative. */
function isDeviceByHand(name: string): boolean {
  if (name.slice(0, 4) !== 'nvme') return false
  const instance = Number(name.slice(4))
  return Number.isInteger(instance) && instance >= 0 && instance <= 2 ** 31 - 1 && name === `nvme${instance}`
}

const nearlyDevice = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 14 }),
  fc.string({ maxLength: 12 }).map(rest => `nvme${rest}`),
  fc.bigInt({ min: -10n, max: 2n ** 34n }).map(instance => `nvme${instance}`),
  fc
    .tuple(fc.constantFrom('', '0', '+', ' ', '/dev/'), fc.nat(), fc.constantFrom('', 'n1', '\n', ' ', '.0'))
    .map(([before, instance, after]) => `nvme${before}${instance}${after}`),
)

describe('devices', () => {
  test('are exactly what the kernel prints for an instance', () => {
    expect(counterexample(fc.property(nearlyDevice, name => isDevice(name) === isDeviceByHand(name)))).toBeUndefined()
  })
  test('are sorted by instance, and nothing else is among them', () => {
    const devices = fc.array(fc.nat(2 ** 31 - 1), { maxLength: 10 })
    const others = ['nvme', 'nvme01', 'nvme3n1', '.nvme3.new.x']
    expect(
      counterexample(
        fc.property(devices, instances => {
          const sorted = devicesAmong([...instances.map(instance => `nvme${instance}`), ...others])
          return (
            sorted.join() ===
            instances
              .toSorted((a, b) => a - b)
              .map(instance => `nvme${instance}`)
              .join()
          )
        }),
      ),
    ).toBeUndefined()
  })
})

test('attributes are 1 to 64 of the 64 characters, whatever the text', () => {
  const allowed = new Set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-')
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 70 }),
    fc.string({ unit: fc.constantFrom(...allowed, '.', '/'), maxLength: 70 }),
    fc.string({ unit: fc.constantFrom(...allowed), minLength: 60, maxLength: 68 }),
  )
  expect(
    counterexample(
      fc.property(
        names,
        name =>
          isAttribute(name) === (name.length > 0 && name.length <= 64 && [...name].every(each => allowed.has(each))),
      ),
    ),
  ).toBeUndefined()
})

describe('staging names', () => {
  const layout = layoutBelow('/')
  const token = fc.string({ unit: fc.constantFrom(...'0123456789abcXYZ-'), minLength: 1, maxLength: 40 })
  test('give their token back, for every device', () => {
    expect(
      counterexample(
        fc.property(fc.nat(2 ** 31 - 1), token, (instance, text) => {
          const path = layout.staging(`nvme${instance}`, text)
          return stagingToken(path.slice(layout.registry.length + 1)) === text
        }),
      ),
    ).toBeUndefined()
  })
  test('are hidden, and no other name has a token: no entry, nothing of libnvme, no text at all', () => {
    const others = fc.oneof(
      fc.string({ maxLength: 30 }),
      nearlyDevice,
      nearlyDevice.map(name => `.${name}.tmp.a1B2c3`),
      fc.string().map(text => `.trash.${text}`),
      nearlyDevice.filter(name => !isDeviceByHand(name)).map(name => `.${name}.new.x`),
    )
    expect(
      counterexample(
        fc.property(others, name => {
          // Text may by chance be such a name, which then says so in its first letters.
          return /^\.nvme[0-9]+\.new\../.test(name) || stagingToken(name) === undefined
        }),
      ),
    ).toBeUndefined()
  })
})

const unused = (): never => {
  throw new Error('not asked for')
}

/** A host on which these processes run: pid to start time. */
function processes(namespace: string, running: ReadonlyMap<string, string>): ReapSys {
  return {
    openDir: unused,
    close: unused,
    readdir: unused,
    unlink: unused,
    rmdir: unused,
    symlink: unused,
    readlink: unused,
    stat: path => {
      if (path !== '/proc/self/ns/pid') throw new Error(`stat ${path}`)
      return { kind: 'other', ino: namespace }
    },
    readFile: path => {
      // Never anything but a process's own stat file, whatever the token holds.
      const pid = /^\/proc\/([0-9]+)\/stat$/.exec(path)?.[1]
      if (pid === undefined) throw new Error(`read ${path}`)
      const start = running.get(pid)
      if (start === undefined) throw errno('ENOENT')
      return { kind: 'file', bytes: encodeUtf8(`${pid} (a ) b (c)) S${' 7'.repeat(18)} ${start} 0 0\n`) }
    },
  }
}

describe('a writer', () => {
  const NAMESPACE = '4026531836'
  const number = fc.nat(5).map(String)
  const running = fc.uniqueArray(fc.tuple(number, number), { selector: ([pid]) => pid }).map(pairs => new Map(pairs))
  test('is gone exactly if its pid, in our namespace, is nobody’s or somebody’s who started at another time', () => {
    const namespace = fc.constantFrom(NAMESPACE, '4026531837', '1')
    expect(
      counterexample(
        fc.property(running, namespace, number, number, (host, pidNamespace, pid, startTime) => {
          const token = writerToken({ pidNamespace, pid, startTime }, 'aa')
          const gone = pidNamespace === NAMESPACE && host.get(pid) !== startTime
          return writerIsGone(processes(NAMESPACE, host), token) === gone
        }),
      ),
    ).toBeUndefined()
  })
  test('that a text does not name is never gone, and nothing but /proc/<pid>/stat is read for it', () => {
    const part = fc.oneof(number, fc.constantFrom(NAMESPACE, 'aa', '', '..', '/', 'self', '-1', '1 ', '\n'))
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(part, { maxLength: 6 }).map(all => all.join('-')),
    )
    expect(
      counterexample(
        fc.property(running, text, (host, token) => {
          const parts = token.split('-')
          const names =
            parts.length === 4 && parts[0] === NAMESPACE && parts.slice(1, 3).every(each => /^\d+$/.test(each))
          const gone = writerIsGone(processes(NAMESPACE, host), token)
          return !gone || (names && host.get(parts[1] as string) !== parts[2])
        }),
      ),
    ).toBeUndefined()
  })
  test('that ends between the open and the read of its stat file is gone (ESRCH); what cannot be read is an error', () => {
    const sys = (code: string): ReapSys => ({
      ...processes(NAMESPACE, new Map()),
      readFile: () => {
        throw errno(code)
      },
    })
    const token = writerToken({ pidNamespace: NAMESPACE, pid: '7', startTime: '1' }, 'aa')
    expect(writerIsGone(sys('ESRCH'), token)).toBe(true)
    expect(() => writerIsGone(sys('EACCES'), token)).toThrow('EACCES')
  })
})
