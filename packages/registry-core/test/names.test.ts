import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { layoutBelow, stagingOf } from '../src/layout.ts'
import { devicesAmong, isAttribute, isDevice } from '../src/names.ts'
import type { ReapSys } from '../src/sys.ts'
import { writerIsGone, writerToken } from '../src/writer-token.ts'
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
  test('give device, incarnation and token back', () => {
    expect(
      counterexample(
        fc.property(
          fc.nat(2 ** 31 - 1),
          fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
          token,
          (instance, inode, text) => {
            const given = { device: `nvme${instance}`, incarnation: String(inode), token: text }
            const path = layout.staging(given.device, given.incarnation, text)
            const found = stagingOf(path.slice(layout.registry.length + 1))
            return JSON.stringify(found) === JSON.stringify(given)
          },
        ),
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
          return /^\.nvme[0-9]+\.new\../.test(name) || stagingOf(name) === undefined
        }),
      ),
    ).toBeUndefined()
  })
})

const unused = (): never => {
  throw new Error('not asked for')
}

/** A host of this pid namespace on which these processes run. */
function processes(namespace: string, running: ReadonlySet<number>): ReapSys {
  return {
    openDir: unused,
    close: unused,
    readdir: unused,
    unlink: unused,
    rmdir: unused,
    symlink: unused,
    readlink: unused,
    readFile: unused,
    stat: path => {
      if (path !== '/proc/self/ns/pid') throw new Error(`stat ${path}`)
      return { kind: 'other', ino: namespace }
    },
    isGone: pid => {
      // kill(2) takes 0 and less for groups of processes.
      if (!Number.isInteger(pid) || pid < 1 || pid >= 2 ** 31) throw new Error(`kill ${pid}`)
      return !running.has(pid)
    },
  }
}

describe('a writer', () => {
  const NAMESPACE = '4026531836'
  const pid = fc.integer({ min: 1, max: 5 })
  const running = fc.uniqueArray(pid).map(pids => new Set(pids))
  test('is gone exactly if its pid, in our namespace, is not in use', () => {
    const namespace = fc.constantFrom(NAMESPACE, '4026531837', '1')
    expect(
      counterexample(
        fc.property(running, namespace, pid, (host, pidNamespace, writer) => {
          const token = writerToken({ pidNamespace, pid: writer }, 'aa')
          return writerIsGone(processes(NAMESPACE, host), token) === (pidNamespace === NAMESPACE && !host.has(writer))
        }),
      ),
    ).toBeUndefined()
  })
  test('that a text does not name is never gone', () => {
    const part = fc.oneof(
      pid.map(String),
      fc.constantFrom(NAMESPACE, 'aa', '', '..', '/', 'self', '-1', '0', '01', '2147483648', '99999999999', '1 ', '\n'),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(part, { maxLength: 5 }).map(all => all.join('-')),
    )
    expect(
      counterexample(
        fc.property(running, text, (host, token) => {
          const [namespace, writer = '', ...random] = token.split('-')
          const names = namespace === NAMESPACE && /^[1-9][0-9]*$/.test(writer) && random.length === 1
          return !writerIsGone(processes(NAMESPACE, host), token) || (names && !host.has(Number(writer)))
        }),
      ),
    ).toBeUndefined()
  })
})
