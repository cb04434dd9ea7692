import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  diskNameOf,
  type Inventory,
  instanceOf,
  type Namespace,
  parseAddress,
  readInventory,
  subsystemInstanceOf,
} from '../src/index.ts'
import { attribute, decimal } from '../src/sysfs.ts'
import { anyDisk, anyHost, anyText } from './anything.ts'
import { hostWith, type Tree, treeSysfs } from './host.ts'

/**
 * The first of ten thousand cases that `wrong` has something to say about, and what; undefined if there is none. One
 * expectation for all: an `expect` a case would take most of the time.
 */
function counterexample<T extends [unknown, ...unknown[]]>(
  arbitraries: { [I in keyof T]: fc.Arbitrary<T[I]> },
  wrong: (...values: T) => unknown,
  numRuns = 10_000,
): string | undefined {
  const property = fc.property(...arbitraries, (...values) => {
    const what = wrong(...values)
    if (what !== undefined) throw new Error(String(what))
  })
  const found = fc.check(property, { numRuns })
  return found.failed ? fc.defaultReportMessage(found) : undefined
}

const FIELDS: Readonly<Record<string, string>> = {
  traddr: 'traddr',
  trsvcid: 'trsvcid',
  host_traddr: 'hostTraddr',
  host_iface: 'hostIface',
  src_addr: 'srcAddr',
}
const differs = (found: unknown, expected: unknown): string | undefined => {
  const [there, here] = [JSON.stringify(found), JSON.stringify(expected)]
  return there === here ? undefined : `${there} instead of ${here}`
}

describe('the address line', () => {
  test('any text: nothing thrown, and every field stands in the text', () => {
    expect(
      counterexample([anyText], raw => {
        const { text, ...fields } = parseAddress(raw)
        const invented = Object.values(fields).find(value => value === '' || !text.includes(value))
        return differs(text, raw.trim()) ?? invented
      }),
    ).toBeUndefined()
  })

  test('key=value in any order and number: the first value of each known key', () => {
    const key = fc.constantFrom(...Object.keys(FIELDS), 'new_key', '__proto__', 'constructor', '')
    const pair = fc.tuple(key, fc.stringMatching(/^[0-9a-zA-Z.:%_=-]{0,20}$/))
    expect(
      counterexample([fc.array(pair, { maxLength: 8 })], pairs => {
        const text = pairs.map(each => each.join('=')).join(',')
        const { text: _, ...fields } = parseAddress(text)
        const expected = new Map<string, string>()
        for (const [name, value] of pairs) {
          const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
          if (field === undefined || ['', 'none', '(null)'].includes(value) || expected.has(field)) continue
          expected.set(field, value)
        }
        return differs(Object.entries(fields).sort(), [...expected].sort())
      }),
    ).toBeUndefined()
  })
})

describe('names', () => {
  const number = fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 32 }), fc.constant(0))
  test('what the kernel makes reads back, and no greater number does', () => {
    expect(
      counterexample([number, number, number], (a, b, c) => {
        const [validA, validB, validC] = [a, b, c].map(each => each < 2 ** 31)
        const head = { head: `nvme${a}n${c}`, instance: a, index: c, controller: undefined }
        return (
          differs(instanceOf(`nvme${a}`), validA ? a : undefined) ??
          differs(subsystemInstanceOf(`nvme-subsys${a}`), validA ? a : undefined) ??
          differs(diskNameOf(`nvme${a}n${c}`), validA && validC ? head : undefined) ??
          differs(
            diskNameOf(`nvme${a}c${b}n${c}`),
            validA && validB && validC ? { ...head, controller: `nvme${b}` } : undefined,
          )
        )
      }),
    ).toBeUndefined()
  })

  test('any text is one kind of name at most, and one that can stand in a path', () => {
    const near = fc.stringMatching(/^(nvme|ng)(-subsys)?[0-9]{0,11}[cnp/.]?[0-9]{0,3}[np]?[0-9]{0,3}$/)
    expect(
      counterexample([fc.oneof(near, anyText)], text => {
        const kinds = [instanceOf(text), subsystemInstanceOf(text), diskNameOf(text)].filter(kind => kind !== undefined)
        return kinds.length === 0 || (kinds.length === 1 && /^nvme[a-z0-9-]+$/.test(text)) ? undefined : text
      }),
    ).toBeUndefined()
  })
})

describe('attributes', () => {
  test('a number is one that JSON keeps', () => {
    expect(
      counterexample([anyText], text => {
        const number = decimal(text)
        return number === undefined || (Number.isSafeInteger(number) && number >= 0) ? undefined : number
      }),
    ).toBeUndefined()
    expect(counterexample([fc.maxSafeNat()], number => differs(decimal(String(number)), number))).toBeUndefined()
    expect(decimal('9007199254740993')).toBeUndefined()
  })

  test('any text: as it is but for blanks at its end, or unknown', () => {
    expect(
      counterexample([anyText], text => {
        const expected = text.trimEnd()
        return differs(
          attribute(treeSysfs({ a: text }), '/a'),
          ['', '(null)', '(efault)'].includes(expected) ? undefined : expected,
        )
      }),
    ).toBeUndefined()
  })
})

const ascending = (numbers: number[]): boolean =>
  numbers.every((each, i) => i === 0 || each > (numbers[i - 1] as number))
const distinct = (names: readonly unknown[]): boolean => new Set(names).size === names.length

/** What every inventory promises, whatever it was read from. */
function broken({ controllers, subsystems }: Inventory): string | undefined {
  if (!ascending(controllers.map(each => each.instance))) return 'controllers out of order'
  if (!ascending(subsystems.map(each => each.instance))) return 'subsystems out of order'
  const joined = subsystems.flatMap(each => each.controllers)
  if (!distinct(joined) || joined.some(each => !controllers.includes(each))) return 'a controller twice, or of nowhere'
  for (const subsystem of subsystems) {
    const own = new Set(subsystem.controllers.map(each => each.name))
    if (!distinct(subsystem.namespaces.map(each => each.name))) return 'a namespace twice'
    if (subsystem.namespaces.some(({ paths }) => paths.some(path => !own.has(path.controller))))
      return 'a path of nobody'
  }
  return undefined
}

const read = ([nvme, subsystems]: [Tree, Tree]): Inventory =>
  readInventory({ sysfs: treeSysfs(hostWith(nvme, subsystems)) })

/** What a namespace's fields may be; everything else about it is text. */
function odd({ nsid, size, blockSize, eui64, readOnly }: Namespace): string | undefined {
  const whole = [nsid, size, blockSize].every(n => n === undefined || (Number.isInteger(n) && n >= 0))
  if (!whole || (size ?? 0) % 512 !== 0) return 'numbers'
  if (eui64 !== undefined && !/^[0-9a-f]{16}$/.test(eui64)) return 'eui64'
  return [true, false, undefined].includes(readOnly) ? undefined : 'readOnly'
}

function oddDisk(disk: Tree): string | undefined {
  const [subsystem] = read([{}, { 'nvme-subsys0': { nvme0n1: disk } }]).subsystems
  const [namespace] = subsystem?.namespaces ?? []
  return namespace === undefined ? 'lost' : odd(namespace)
}

test('a disk of anything: what is no number, flag or EUI-64 is unknown', () => {
  expect(counterexample([anyDisk], oddDisk)).toBeUndefined()
}, 60_000)

test('a host of anything: an inventory comes out that keeps its promises', () => {
  // Making up a host takes longer than reading it.
  expect(counterexample([anyHost], host => broken(read(host)), 2000)).toBeUndefined()
}, 60_000)
