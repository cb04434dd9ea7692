import { mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDevice, RegistryError } from '../src/index.ts'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { errnoOf } from '../src/sys.ts'
import { around, errno, type FakeHost, fakeHost, interrupted } from './host.ts'

/** What a person reads of each refusal: what, and of whom or where; `R` is the registry. Behind the arrow is the cause. */

/** nvme0 is stas's, with a note; nvme1 is live and has no entry. */
function owned(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.connect('nvme1')
  host.registry.publish('nvme0', 'stas')
  host.registry.update('nvme0', 'note', 'there')
  return host
}

function said(host: FakeHost, call: (registry: Registry) => unknown, registry = host.registry): string {
  try {
    call(registry)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    const about = error.device === undefined ? '' : ` (${error.device})`
    const because = errnoOf(error.cause) === undefined ? '' : ` <- ${errnoOf(error.cause)}`
    return `${error.code}${about}: ${error.message.replaceAll(host.path(), 'R').replaceAll(host.root, '')}${because}`
  }
  return 'nothing'
}

describe('what the caller got wrong', () => {
  const CALLS: readonly [call: (registry: Registry) => unknown, message: string][] = [
    [r => r.claim('nvme03', 'x'), `bad-device: "nvme03" is not a controller's name`],
    [() => parseDevice('/dev/nvme03'), `bad-device: "/dev/nvme03" is not a controller's name`],
    [
      r => r.update('nvme0', 'a.b', 'x'),
      `bad-attribute: "a.b" is not an attribute's name (letters, digits, _ and -, at most 64)`,
    ],
    [r => r.update('nvme0', 'owner', 'x'), "reserved-attribute: owner is the registry's own attribute"],
    [r => r.publish('nvme0', ''), 'bad-value: owner: the value is empty'],
    [r => r.claim('nvme0', 'a\nb'), 'bad-value: owner: the value is more than one line'],
    [r => r.update('nvme0', 'note', 'a\tb'), 'bad-value: note: the value is not printable'],
    [r => r.update('nvme0', 'note', 'a\ud800'), 'bad-value: note: the value is not UTF-8'],
    [r => r.update('nvme0', 'note', 'x'.repeat(4097)), 'bad-value: note: the value is longer than 4096 bytes'],
    [r => r.reap('nvme0', '0x1'), `bad-value (nvme0): "0x1" is not an event's SEQNUM`],
  ]
  test.each(CALLS)('%s: %s', (call, message) => expect(said(owned(), call)).toBe(message))
})

describe('what the host has', () => {
  const CASES: readonly [
    name: string,
    prepare: (host: FakeHost) => void,
    call: (registry: Registry) => unknown,
    message: string,
  ][] = [
    [
      'no node',
      () => {},
      r => r.claim('nvme9', 'x'),
      'no-controller (nvme9): nvme9 is not there, or not live <- ENOENT',
    ],
    [
      'a node without a controller',
      host => writeFileSync(join(host.root, 'dev/nvme9'), ''),
      r => r.claim('nvme9', 'x'),
      'no-controller (nvme9): nvme9 is not there',
    ],
    [
      'another incarnation than was meant',
      () => {},
      r => r.release('nvme0', { incarnation: '1' }),
      'no-controller (nvme0): nvme0 went away: another controller has this name now',
    ],
    ['another owner', () => {}, r => r.claim('nvme0', 'x'), "owned (nvme0): nvme0 is owned by 'stas'"],
    [
      'another owner than expected',
      () => {},
      r => r.release('nvme0', { owner: 'x' }),
      "owned (nvme0): nvme0 is owned by 'stas'",
    ],
    [
      'an owner that was expected, and the controller is unowned',
      host => void host.registry.release('nvme0'),
      r => r.update('nvme0', 'note', 'x', { owner: 'stas' }),
      "changed (nvme0): nvme0 is unowned now: 'stas' does not own it",
    ],
    [
      'an unreadable owner that was expected, and the controller is unowned',
      host => void host.registry.release('nvme0'),
      r => r.update('nvme0', 'note', 'x', { owner: { unreadable: true } }),
      'changed (nvme0): nvme0 is unowned now: its unreadable owner is gone',
    ],
    [
      'the entry of another incarnation than was meant, to delete',
      () => {},
      r => r.delete('nvme0', { incarnation: '1' }),
      "no-controller (nvme0): nvme0's entry is another controller's now",
    ],
    [
      'an owner that cannot be read, to claim',
      host => writeFileSync(host.path('nvme0/owner'), ''),
      r => r.claim('nvme0', 'x'),
      "unknown-owner (nvme0): nvme0's owner cannot be read: it is empty",
    ],
    [
      'an owner that cannot be read, to release',
      host => writeFileSync(host.path('nvme0/owner'), ''),
      r => r.release('nvme0'),
      "unknown-owner (nvme0): nvme0's owner cannot be read: it is empty",
    ],
    [
      'an attribute that cannot be read',
      host => writeFileSync(host.path('nvme0/note'), 'a\nb\n'),
      r => r.retrieve('nvme0', 'note'),
      "damaged (nvme0): nvme0's note cannot be read: it is more than one line",
    ],
    [
      'an incarnation that cannot be read, to claim',
      host => writeFileSync(host.path('nvme0/incarnation'), ''),
      r => r.claim('nvme0', 'x'),
      'damaged (nvme0): R/nvme0/incarnation is empty',
    ],
    [
      'an incarnation that cannot be read, to release',
      host => writeFileSync(host.path('nvme0/incarnation'), ''),
      r => r.release('nvme0'),
      "damaged (nvme0): nvme0's incarnation cannot be read: it is empty",
    ],
    [
      'an incarnation that cannot be read, to publish',
      host => writeFileSync(host.path('nvme0/incarnation'), ''),
      r => r.publish('nvme0', 'x'),
      'damaged (nvme0): R/nvme0/incarnation is empty',
    ],
    [
      'a file in place of the entry, to claim',
      host => writeFileSync(host.path('nvme1'), ''),
      r => r.claim('nvme1', 'x'),
      'damaged (nvme1): R/nvme1 is not a directory <- ENOTDIR',
    ],
    [
      'a file in place of the entry, to publish',
      host => writeFileSync(host.path('nvme1'), ''),
      r => r.publish('nvme1', 'x'),
      'damaged (nvme1): R/nvme1 is not a directory <- ENOTDIR',
    ],
    [
      'a file in place of the registry, to publish',
      host => {
        rmSync(host.path(), { recursive: true })
        writeFileSync(host.path(), '')
      },
      r => r.publish('nvme1', 'x'),
      'damaged: R is not a directory <- ENOTDIR',
    ],
    [
      'a file in place of the registry, to list',
      host => {
        rmSync(host.path(), { recursive: true })
        writeFileSync(host.path(), '')
      },
      r => r.entries(),
      'damaged: R is not a directory <- ENOTDIR',
    ],
    [
      'a link in place of the registry',
      host => {
        rmSync(host.path(), { recursive: true })
        symlinkSync('nowhere', host.path())
      },
      r => r.retrieve('nvme0', 'note'),
      'damaged (nvme0): R is not a directory <- ENOENT',
    ],
    [
      'a directory in an entry, to delete',
      host => mkdirSync(host.path('nvme0/sub')),
      r => r.delete('nvme0'),
      'damaged: R/nvme0/sub is a directory',
    ],
    [
      'a directory in the place of an attribute, to remove',
      host => mkdirSync(host.path('nvme0/sub')),
      r => r.remove('nvme0', 'sub'),
      "io: R: EISDIR: illegal operation on a directory, unlink 'sub' <- EISDIR",
    ],
    [
      'a directory in a dead entry, to publish',
      host => {
        mkdirSync(host.path('nvme0/sub'))
        host.recycle('nvme0')
      },
      r => r.publish('nvme0', 'x'),
      'damaged: R/nvme0/sub is a directory <- EISDIR',
    ],
    [
      'a name that is not UTF-8 in an entry, to delete',
      host => writeFileSync(Buffer.concat([Buffer.from(host.path('nvme0/')), Buffer.of(0xff)]), 'x'),
      r => r.delete('nvme0'),
      'damaged: R/nvme0/\ufffd has a name that is not UTF-8',
    ],
    [
      'a name that is not UTF-8 in a dead entry, to publish',
      host => {
        writeFileSync(Buffer.concat([Buffer.from(host.path('nvme0/')), Buffer.of(0xff)]), 'x')
        host.recycle('nvme0')
      },
      r => r.publish('nvme0', 'x'),
      'damaged: R/nvme0/\ufffd has a name that is not UTF-8 <- ENOENT',
    ],
    [
      'no sysfs',
      host => rmSync(join(host.root, 'sys/class'), { recursive: true }),
      r => r.entry('nvme0'),
      'no-sysfs (nvme0): /sys/class cannot be read: whether nvme0 is there is unknown <- ENOENT',
    ],
    [
      'a file in place of /sys/class',
      host => {
        rmSync(join(host.root, 'sys/class'), { recursive: true })
        writeFileSync(join(host.root, 'sys/class'), '')
      },
      r => r.entry('nvme0'),
      'no-sysfs (nvme0): /sys/class cannot be read: whether nvme0 is there is unknown <- ENOTDIR',
    ],
  ]
  test.each(CASES)('%s', (_, prepare, call, message) => {
    const host = owned()
    prepare(host)
    expect(said(host, call)).toBe(message)
  })
})

describe('what others do meanwhile', () => {
  test('the controller goes', () => {
    const host = owned()
    const gone = 'no-controller (nvme1): nvme1 went away'
    const goes = (): Registry => interrupted(host, 'rename', 1, () => host.remove('nvme1'))
    expect(said(host, r => r.claim('nvme1', 'x'), goes())).toBe(gone)
    host.connect('nvme1')
    expect(said(host, r => r.update('nvme1', 'note', 'x'), goes())).toBe(gone)
  })
  test('the entry is replaced over and over', () => {
    const host = owned()
    const replaced = (): void => {
      rmSync(host.path('nvme0'), { recursive: true })
      host.put('nvme0', { note: 'theirs\n' })
    }
    const busy = "busy (nvme0): nvme0's entry kept being changed by others"
    host.registry.release('nvme0')
    const registry = interrupted(host, 'unlink', 'every', replaced)
    expect(said(host, r => r.claim('nvme0', 'x'), registry)).toBe(busy)
    expect(said(host, r => r.update('nvme0', 'note', 'x'), registry)).toBe(busy)
  })
  test('the name is filled over and over', () => {
    const host = owned()
    const registry = interrupted(host, 'rename', 'every', () => host.put('nvme1', { incarnation: '1\n' }))
    expect(said(host, r => r.publish('nvme1', 'x'), registry)).toBe(
      'busy (nvme1): R/nvme1 kept being changed by others',
    )
  })
  test('the registry goes as soon as it is made', () => {
    const host = fakeHost({ registry: false })
    host.connect('nvme0')
    const registry = interrupted(host, 'openDir', 2, () => rmSync(host.path(), { recursive: true }))
    expect(said(host, r => r.publish('nvme0', 'x'), registry)).toBe('busy: R was removed while it was made')
  })
})

test('a system call that fails: io, where, and what the system said', () => {
  const host = owned()
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'openDir') throw errno('EMFILE')
    return call()
  })
  expect(said(host, r => r.entries(), new Registry(sys, host.root))).toBe('io: R: EMFILE: made up <- EMFILE')
})

test('/sys/class that is no directory: no-sysfs, without a cause', () => {
  const host = owned()
  const sys = around(nodeSys(), (op, args, call) => {
    if (op !== 'stat' || !String(args[0]).includes('/sys/class')) return call()
    if (String(args[0]).endsWith('/sys/class')) return { kind: 'other', ino: '1' }
    throw errno('ENOENT')
  })
  expect(said(host, r => r.entry('nvme0'), new Registry(sys, host.root))).toBe(
    'no-sysfs (nvme0): /sys/class cannot be read: whether nvme0 is there is unknown',
  )
})

test('what ownerOf cannot read it says in one line too', () => {
  const host = owned()
  const reason = (): unknown => host.registry.ownerOf('nvme0')
  unlinkSync(host.path('nvme0/owner'))
  mkdirSync(host.path('nvme0/owner'))
  expect(reason()).toEqual({ state: 'unknown', reason: 'its owner is not a regular file' })
  writeFileSync(host.path('nvme0/incarnation'), '')
  expect(reason()).toEqual({ state: 'unknown', reason: 'its incarnation is empty' })
  expect(host.registry.ownerOf('nvme0', '1')).toEqual({
    state: 'unknown',
    reason: 'another controller has this name now',
  })
  const sys = around(nodeSys(), (op, _args, call) => {
    if (op === 'readFile') throw errno('EIO')
    return call()
  })
  expect(new Registry(sys, host.root).ownerOf('nvme0')).toEqual({
    state: 'unknown',
    reason: 'the entry cannot be read: EIO',
  })
})
