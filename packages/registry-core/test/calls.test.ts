import { describe, expect, test } from 'vitest'
import { nodeSys } from '../src/node/sys.ts'
import { Registry } from '../src/registry.ts'
import { around, type FakeHost, fakeHost } from './host.ts'

/**
 * What each operation asks of the system in its usual case, in order: all that it costs, and the order that the races
 * depend on. A call more or less is a change of the protocol, to be explored again.
 */

function calls(host: FakeHost, run: (registry: Registry) => unknown): string[] {
  const made: string[] = []
  const descriptors = new Map<string, string>()
  const sys = around(nodeSys(), (op, args, call) => {
    if (op === 'token') return call()
    const paths = args
      .filter(arg => typeof arg === 'string' || (typeof arg === 'number' && op === 'close'))
      .map(arg => String(arg))
      .map(path => path.replace(/^\/proc\/self\/fd\/([0-9]+)/, (all, fd: string) => descriptors.get(fd) ?? all))
      .map(path =>
        path
          .replace(host.path(), 'R')
          .replace(host.root, '')
          .replace(/(new|tmp)\..*$/, '$1'),
      )
      .map(path => (op === 'close' ? (descriptors.get(path) ?? path) : path))
    made.push([op, ...paths].join(' '))
    const result = call()
    if (op === 'openDir' || op === 'openNode') descriptors.set(String(result), `<${paths[0]}>`)
    // One order on every file system, and not the one that a cleaner keeps.
    return op === 'readdir' ? (result as string[]).toSorted().toReversed() : result
  })
  run(new Registry(sys, host.root))
  return made
}

function owned(): FakeHost {
  const host = fakeHost()
  host.connect('nvme0')
  host.registry.publish('nvme0', 'stas')
  return host
}

describe('the calls of', () => {
  const LIVE = 'stat /sys/class/nvme/nvme0'
  test('ownerOf: the entry before the controller', () => {
    expect(calls(owned(), r => r.ownerOf('nvme0'))).toEqual([
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      'readFile <R/nvme0>/owner',
      LIVE,
      'close <R/nvme0>',
    ])
  })
  test('entry: every file once; what is live need not be the entry any more', () => {
    expect(calls(owned(), r => r.entry('nvme0'))).toEqual([
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      'readdir <R/nvme0>',
      'readFile <R/nvme0>/owner',
      'readFile <R/nvme0>/seqnum',
      LIVE,
      'close <R/nvme0>',
    ])
  })
  test('entries without the seqnum: one file less', () => {
    expect(calls(owned(), r => r.entries({ seqnum: false }))).toEqual([
      'openDir R',
      'readdir <R>',
      'close <R>',
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      'readdir <R/nvme0>',
      'readFile <R/nvme0>/owner',
      LIVE,
      'close <R/nvme0>',
    ])
  })
  test('entry of a controller that is gone: whether it is still the entry, too', () => {
    const host = owned()
    host.remove('nvme0')
    expect(calls(host, r => r.entry('nvme0')).slice(-4)).toEqual([
      'stat /sys/class',
      'stat R/nvme0',
      'stat <R/nvme0>',
      'close <R/nvme0>',
    ])
  })
  test('publish: complete before it has its name, and a look at the controller before and after', () => {
    const host = fakeHost()
    host.connect('nvme0')
    expect(calls(host, r => r.publish('nvme0', 'stas'))).toEqual([
      LIVE,
      'readFile /sys/kernel/uevent_seqnum',
      'openDir R',
      'close <R>',
      'mkdir R/.nvme0.new',
      'openDir R/.nvme0.new',
      'writeFile <R/.nvme0.new>/incarnation',
      'writeFile <R/.nvme0.new>/seqnum',
      'writeFile <R/.nvme0.new>/owner',
      'rename R/.nvme0.new R/nvme0',
      LIVE,
      'close <R/.nvme0.new>',
    ])
  })
  test('claim: pinned first and last, link(2) to take it, and the incarnation read back', () => {
    const host = fakeHost()
    host.connect('nvme0')
    host.registry.update('nvme0', 'note', 'x')
    expect(calls(host, r => r.claim('nvme0', 'stas'))).toEqual([
      'openNode /dev/nvme0',
      LIVE,
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      'readdir <R/nvme0> owner.tmp',
      'readFile <R/nvme0>/owner',
      'writeFile <R/nvme0>/owner.tmp',
      'link <R/nvme0>/owner.tmp <R/nvme0>/owner',
      'unlink <R/nvme0>/owner.tmp',
      'readFile <R/nvme0>/incarnation',
      'stat R/nvme0',
      'stat <R/nvme0>',
      'close <R/nvme0>',
      LIVE,
      'close </dev/nvme0>',
    ])
  })
  test('reap of a dead entry: judged, then the owner first and the incarnation last', () => {
    const host = owned()
    host.registry.update('nvme0', 'note', 'x')
    host.recycle('nvme0')
    expect(calls(host, r => r.reap('nvme0', '999'))).toEqual([
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      LIVE,
      'readFile <R/nvme0>/owner',
      'readFile <R/nvme0>/seqnum',
      'readdir <R/nvme0>',
      'unlink <R/nvme0>/owner',
      'unlink <R/nvme0>/seqnum',
      'unlink <R/nvme0>/note',
      'unlink <R/nvme0>/incarnation',
      'rmdir R/nvme0',
      'close <R/nvme0>',
    ])
  })
  test.each([
    ['whose controller is gone', (host: FakeHost) => host.remove('nvme0')],
    ['that the event is newer than', (host: FakeHost) => host.recycle('nvme0')],
  ])("reap of libnvme's entry %s: condemned before anything is taken from it", (_, happens) => {
    const host = fakeHost()
    host.connect('nvme0')
    host.put('nvme0', { owner: 'past\n', seqnum: '1\n' })
    happens(host)
    const made = calls(host, r => r.reap('nvme0', '999'))
    expect(made.filter(call => !call.startsWith('stat '))).toEqual([
      'openDir R/nvme0',
      'readFile <R/nvme0>/incarnation',
      'readFile <R/nvme0>/owner',
      'readFile <R/nvme0>/seqnum',
      'readdir <R/nvme0>',
      'symlink condemned <R/nvme0>/incarnation',
      'readdir <R/nvme0>',
      'unlink <R/nvme0>/owner',
      'unlink <R/nvme0>/seqnum',
      'unlink <R/nvme0>/incarnation',
      'rmdir R/nvme0',
      'close <R/nvme0>',
    ])
  })
})
