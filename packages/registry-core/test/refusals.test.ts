import { describe, expect, test } from 'vitest'
import { parseDevice, RegistryError } from '../src/index.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry as Core, type Registry } from '../src/registry.ts'
import { around, fakeHost, listing, refusal } from './host.ts'

const BAD_DEVICES = [
  '',
  'nvme',
  'nvme00',
  'nvme03',
  'nvme-1',
  'nvme+1',
  'nvme1.0',
  'nvme1e3',
  'nvme0x1',
  'nvme３',
  'Nvme0',
  'NVME0',
  'nvme3n1',
  'nvme0c1n1',
  'nvme-subsys0',
  'nvme-fabrics',
  'nvme2147483648',
  'nvme99999999999',
  ' nvme0',
  'nvme0 ',

  'nvme0\n',
  'nvme0\0',
  '../nvme0',
  '../x',
  'nvme0/',
  'nvme0/..',
  './nvme0',
  '.',
  '..',
  '.nvme0.new.x',
  'nvme0/owner',
]
const BAD_ATTRIBUTES = [
  '',
  '.',
  '..',
  '../x',
  '../../../etc/passwd',
  'a/b',
  'a.b',
  'x.tmp.1',
  '.hidden',
  'a b',
  'a\n',
  'a\0',
  'ä',
  'a*',
  'a'.repeat(65),
]
const BAD_VALUES: readonly [name: string, value: string][] = [
  ['empty', ''],
  ['two lines', 'a\nb'],
  ['a line with its newline', 'a\n'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tb'],
  ['a NUL', 'a\0b'],
  ['an escape sequence', '\u001b[2J'],
  ['DEL', 'a\u007f'],
  ['a C1 control', 'a\u0085b'],
  ['a line separator', 'a\u2028b'],
  ['a mark that reorders', 'a\u202eb'],
  ['a lone high surrogate', 'a\ud800'],
  ['a lone low surrogate', '\udc00a'],
  ['4097 bytes', 'x'.repeat(4097)],
  ['4098 bytes in 2049 characters', 'ä'.repeat(2049)],
]

const byDevice: Record<string, (registry: Registry, device: string) => unknown> = {
  publish: (registry, device) => registry.publish(device, 'stas'),
  claim: (registry, device) => registry.claim(device, 'stas'),
  release: (registry, device) => registry.release(device),
  update: (registry, device) => registry.update(device, 'note', 'x'),
  remove: (registry, device) => registry.remove(device, 'note'),
  retrieve: (registry, device) => registry.retrieve(device, 'note'),
  delete: (registry, device) => registry.delete(device),
  entry: (registry, device) => registry.entry(device),
  ownerOf: (registry, device) => registry.ownerOf(device),
  reap: (registry, device) => registry.reap(device),
}

describe('a name that is no controller’s', () => {
  test.each(Object.entries(byDevice))('%s refuses every one with bad-device and touches nothing', (_, call) => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    const before = listing(host.root)
    for (const device of BAD_DEVICES)
      expect([device, refusal(() => call(host.registry, device))]).toEqual([device, { code: 'bad-device' }])
    expect(listing(host.root)).toEqual(before)
  })
})

describe('parseDevice', () => {
  test.each([
    ['nvme0', 'nvme0'],
    ['/dev/nvme3', 'nvme3'],
    ['nvme2147483647', 'nvme2147483647'],
  ])('%s is %s', (text, device) => expect(parseDevice(text)).toBe(device))
  test.each([
    ...BAD_DEVICES,
    '/dev/nvme3n1',
    '/dev/',
    '/dev/../nvme0',
    '/dev//nvme0',
    '/dev/dev/nvme0',
    'dev/nvme0',
    '/nvme0',
  ])('%j is refused, and the message quotes it', text => {
    expect(() => parseDevice(text)).toThrow(RegistryError)
    expect(() => parseDevice(text)).toThrow(`${JSON.stringify(text)} is not a controller's name`)
  })
})

test.each(BAD_ATTRIBUTES)(
  'the attribute %j is refused by update, remove and retrieve, and nothing is touched',
  name => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    host.connect('nvme1')
    host.registry.publish('nvme1', 'stas')
    const before = listing(host.root)
    for (const device of ['nvme0', 'nvme1']) {
      expect(refusal(() => host.registry.update(device, name, 'x'))).toEqual({ code: 'bad-attribute' })
      expect(refusal(() => host.registry.remove(device, name))).toEqual({ code: 'bad-attribute' })
      expect(refusal(() => host.registry.retrieve(device, name))).toEqual({ code: 'bad-attribute' })
    }
    expect(listing(host.root)).toEqual(before)
  },
)

test('an attribute of 64 characters, of every kind that is allowed, is good', () => {
  const host = fakeHost()
  host.connect('nvme0')
  const name = 'aZ09_-'.padEnd(64, 'x')
  host.registry.update('nvme0', name, 'x')
  expect(host.registry.entry('nvme0')?.attributes).toEqual({ [name]: 'x' })
})

test.each(BAD_VALUES)(
  'a value that is %s is refused by publish, claim, steal and update, and nothing is touched',
  (_, value) => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    host.connect('nvme1')
    host.registry.publish('nvme1', 'stas')
    host.registry.update('nvme1', 'note', 'x')
    const before = listing(host.root)
    for (const device of ['nvme0', 'nvme1'])
      for (const call of [
        () => host.registry.publish(device, value),
        () => host.registry.claim(device, value),
        () => host.registry.claim(device, value, { steal: true }),
        () => host.registry.update(device, 'note', value),
      ])
        expect(refusal(call)).toEqual({ code: 'bad-value' })
    expect(listing(host.root)).toEqual(before)
  },
)

test.each([
  ['one character', 'x'],
  ['a space', ' '],
  ['spaces around', '  x  '],
  ['quotes and backslashes', `"'\\$(id)\``],
  ['two, three and four bytes', 'ä€𝄞'],
  ['a byte order mark', '\ufeffx'],
  ['percent signs, which the decoder uses itself', '%41%zz%'],
  ['4096 bytes', 'x'.repeat(4096)],
  ['4096 bytes in 1024 characters', '𝄞'.repeat(1024)],
])('a value of %s reads back byte for byte', (_, value) => {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', value)
  host.registry.update('nvme0', 'note', value)
  expect(host.registry.retrieve('nvme0', 'note')).toBe(value)
  expect(host.registry.ownerOf('nvme0')).toEqual({ state: 'owned', owner: value })
  expect(host.files('nvme0')?.['note']).toBe(`${value}\n`)
})

test('what is refused because of what is there is refused without a single call that writes', () => {
  const host = fakeHost()
  for (const device of ['nvme0', 'nvme1', 'nvme2', 'nvme3']) {
    host.connect(device)
    host.registry.publish(device, 'stas')
  }
  host.put('nvme1', { owner: '' })
  host.put('nvme2', { incarnation: '' })
  host.remove('nvme3')
  host.registry.reap('nvme3')
  host.connect('nvme3')
  host.put('nvme3', { owner: 'libnvme\n' })
  const written: string[] = []
  const sys = around(nodeSys(), (op, _args, call) => {
    if (['mkdir', 'writeFile', 'rename', 'link', 'symlink', 'unlink', 'rmdir'].includes(op)) written.push(op)
    return call()
  })
  const registry = new Core(sys, host.root)
  const codes = [
    () => registry.claim('nvme0', 'other'),
    () => registry.release('nvme0', { owner: 'other' }),
    () => registry.claim('nvme1', 'other'),
    () => registry.release('nvme1'),
    () => registry.claim('nvme2', 'other', { steal: true }),
    () => registry.update('nvme2', 'note', 'x'),
    () => registry.claim('nvme3', 'other'),
    () => registry.claim('nvme9', 'other'),
    () => registry.update('nvme9', 'note', 'x'),
  ].map(call => refusal(call)?.code)
  expect(codes).toEqual([
    'owned',
    'owned',
    'unknown-owner',
    'unknown-owner',
    'damaged',
    'damaged',
    'owned',
    'no-controller',
    'no-controller',
  ])
  expect(written).toEqual([])
})

test('every error is a RegistryError with its name, one line of message, and no stack of advice', () => {
  const host = fakeHost()
  for (const call of [() => host.registry.update('nvme0', 'owner', 'x'), () => host.registry.claim('nvme0', 'stas')]) {
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(RegistryError)
    expect(error).toMatchObject({ name: 'RegistryError', message: expect.stringMatching(/^[^\n]+$/) })
  }
})
