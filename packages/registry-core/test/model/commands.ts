import { deepStrictEqual } from 'node:assert/strict'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { type FakeHost, refusal } from '../host.ts'
import type { Oracle } from './oracle.ts'

export const DEVICES: readonly string[] = ['nvme0', 'nvme1', 'nvme10']
const ATTRIBUTES = ['note', 'zone'] as const

type LivenessOf = Pick<Oracle, 'isLive'>
type Step = (oracle: Oracle, host: FakeHost) => readonly [expected: unknown, actual: unknown]

/** One call, made to the oracle and to the registry: they answer alike, and then they hold the same. */
class Call implements fc.Command<Oracle, FakeHost> {
  readonly #text: string
  readonly #step: Step
  readonly #possible: (oracle: LivenessOf) => boolean

  constructor(text: string, step: Step, possible: (oracle: LivenessOf) => boolean = () => true) {
    this.#text = text
    this.#step = step
    this.#possible = possible
  }

  check(oracle: LivenessOf): boolean {
    return this.#possible(oracle)
  }

  run(oracle: Oracle, host: FakeHost): void {
    const [expected, actual] = this.#step(oracle, host)
    deepStrictEqual(actual, expected)
    compare(oracle, host)
  }

  toString(): string {
    return this.#text
  }
}

function compare(oracle: Oracle, { registry }: FakeHost): void {
  for (const device of DEVICES) {
    deepStrictEqual(registry.ownerOf(device), oracle.ownerOf(device))
    deepStrictEqual(registry.entry(device), oracle.entry(device))
    for (const name of [...ATTRIBUTES, 'owner'])
      deepStrictEqual(registry.retrieve(device, name), oracle.retrieve(device, name))
  }
  deepStrictEqual(
    registry.entries(),
    DEVICES.flatMap(device => oracle.entry(device) ?? []),
  )
}

/** What a call gives or, as data, refuses. */
function answer(call: () => unknown): unknown {
  let result: unknown
  const refused = refusal(() => {
    result = call()
  })
  if (refused === undefined) return result
  return { refused: refused.code, ...(refused.owner === undefined ? {} : { owner: refused.owner }) }
}

const device = fc.constantFrom(...DEVICES)
const owner = fc.constantFrom('stas', 'nbft', 'other')
const attribute = fc.constantFrom(...ATTRIBUTES)
const value = fc.constantFrom('a', 'b')

function connect(oracle: Oracle, host: FakeHost, name: string): void {
  oracle.appear(name, host.connect(name))
  oracle.seqnum = host.seqnum()
}

function die(oracle: Oracle, host: FakeHost, name: string): void {
  oracle.disappear(name)
  oracle.seqnum = host.remove(name)
}

export const commands: fc.Arbitrary<Call>[] = [
  device.map(
    d =>
      new Call(
        `connect ${d}`,
        (o, h) => [connect(o, h, d), undefined],
        o => !o.isLive(d),
      ),
  ),
  device.map(
    d =>
      new Call(
        `die ${d}`,
        (o, h) => [die(o, h, d), undefined],
        o => o.isLive(d),
      ),
  ),
  device.map(
    d =>
      new Call(
        `recycle ${d}`,
        (o, h) => [(die(o, h, d), connect(o, h, d)), undefined],
        o => o.isLive(d),
      ),
  ),
  fc
    .tuple(device, owner)
    .map(
      ([d, who]) =>
        new Call(`publish ${d} ${who}`, (o, h) => [o.publish(d, who), answer(() => h.registry.publish(d, who))]),
    ),
  fc
    .tuple(device, owner, fc.boolean())
    .map(
      ([d, who, steal]) =>
        new Call(`${steal ? 'steal' : 'claim'} ${d} ${who}`, (o, h) => [
          o.claim(d, who, steal),
          answer(() => h.registry.claim(d, who, { steal })),
        ]),
    ),
  fc
    .tuple(device, fc.option(owner, { nil: undefined }))
    .map(
      ([d, expected]) =>
        new Call(`release ${d} ${expected ?? ''}`, (o, h) => [
          o.release(d, expected),
          answer(() => h.registry.release(d, { owner: expected })),
        ]),
    ),
  fc
    .tuple(device, attribute, value)
    .map(
      ([d, n, v]) =>
        new Call(`update ${d} ${n} ${v}`, (o, h) => [o.update(d, n, v), answer(() => h.registry.update(d, n, v))]),
    ),
  fc
    .tuple(device, attribute)
    .map(([d, n]) => new Call(`remove ${d} ${n}`, (o, h) => [o.remove(d, n), answer(() => h.registry.remove(d, n))])),
  device.map(d => new Call(`delete ${d}`, (o, h) => [o.delete(d), answer(() => h.registry.delete(d))])),
  fc.tuple(device, fc.constantFrom('none', 'old', 'new')).map(
    ([d, age]) =>
      new Call(`reap ${d} after ${age} event`, (o, h) => {
        const event = { none: undefined, old: '1', new: String(Number(o.seqnum) + 1) }[age]
        return [o.reap(d, event), answer(() => h.registry.reap(d, event))]
      }),
  ),
  fc.constant(new Call('sweep', (o, h) => [o.sweep(DEVICES), answer(() => h.registry.sweep())])),
  fc
    .tuple(device, owner)
    .map(
      ([d, who]) =>
        new Call(`libnvme creates ${d} ${who}`, (o, h) => [o.libnvmeCreate(d, who), libnvmeCreate(h, d, who)]),
    ),
  fc
    .tuple(device, attribute, value)
    .map(
      ([d, n, v]) =>
        new Call(`libnvme updates ${d} ${n} ${v}`, (o, h) => [o.libnvmeUpdate(d, n, v), h.put(d, { [n]: `${v}\n` })]),
    ),
  device.map(
    d =>
      new Call(`libnvme deletes ${d}`, (o, h) => [
        o.libnvmeDelete(d),
        rmSync(h.path(d), { recursive: true, force: true }),
      ]),
  ),
]

/** Hidden directory, the old one moved away, rename: its registry.c. */
function libnvmeCreate(host: FakeHost, name: string, who: string): void {
  host.put(`.${name}.tmp.a1B2c3`, { seqnum: `${host.seqnum()}\n` })
  writeFileSync(host.path(`.${name}.tmp.a1B2c3`, 'owner'), `${who}\n`)
  if (existsSync(host.path(name))) renameSync(host.path(name), host.path('.trash.a1B2c3'))
  renameSync(host.path(`.${name}.tmp.a1B2c3`), host.path(name))
  rmSync(host.path('.trash.a1B2c3'), { recursive: true, force: true })
}
