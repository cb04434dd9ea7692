import type { Controller } from '@nvmf/controllers'
import type { Ownership } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { type Filter, type Namespace, plan, type Request } from '../src/index.ts'
import { controller, mounted, owned, SILENT, stale, unknown, unowned } from './host.ts'

/** One controller of each kind. */
const HOST: readonly [Controller, Ownership][] = [
  [controller('nvme0', { transport: 'pcie', fabrics: false }), unowned],
  [controller('nvme1'), unowned],
  [controller('nvme2'), stale],
  [controller('nvme3'), owned('stas')],
  [controller('nvme4'), owned('nbft')],
  [controller('nvme5'), unknown],
  [controller('nvme6', { transport: 'loop' }), unowned],
  [controller('nvme7', { transport: undefined, fabrics: false }), unowned],
  [controller('nvme8', { state: 'deleting (no IO)' }), unowned],
]
const decide = (request: Request, host = HOST, namespaces: readonly Namespace[] = []): string[] =>
  plan(
    {
      controllers: host.map(([each]) => each),
      announced: SILENT,
      ownershipOf: each => host.find(([one]) => one === each)?.[1] ?? unknown,
      namespaces,
    },
    request,
  ).steps.map(step => `${step.controller.name} ${step.action} ${step.reason}${step.owner ? ` ${step.owner}` : ''}`)

describe('who goes', () => {
  test('by default what nobody owns', () => {
    expect(decide({ kind: 'unowned' })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 disconnect unowned',
      'nvme2 disconnect unowned',
      'nvme3 skip owned-by stas',
      'nvme4 skip owned-by nbft',
      'nvme5 skip ownership-unknown',
      'nvme6 disconnect unowned',
      'nvme7 skip not-fabrics',
      'nvme8 skip gone',
    ])
  })
  test("one owner's, and nothing else", () => {
    expect(decide({ kind: 'owner', owner: 'stas' })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 skip unowned',
      'nvme2 skip unowned',
      'nvme3 disconnect owned-by stas',
      'nvme4 skip owned-by nbft',
      'nvme5 skip ownership-unknown',
      'nvme6 skip unowned',
      'nvme7 skip not-fabrics',
      'nvme8 skip gone',
    ])
  })
  test("what is unowned or one owner's", () => {
    expect(decide({ kind: 'unowned', orOwner: 'stas' }).filter(line => line.includes(' disconnect '))).toEqual([
      'nvme1 disconnect unowned',
      'nvme2 disconnect unowned',
      'nvme3 disconnect owned-by stas',
      'nvme6 disconnect unowned',
    ])
  })
  test('by force everything that is known not to be local', () => {
    expect(decide({ kind: 'force', filter: { transport: 'tcp' } })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme1 disconnect unowned',
      'nvme2 disconnect unowned',
      'nvme3 disconnect owned-by stas',
      'nvme4 disconnect owned-by nbft',
      'nvme5 disconnect ownership-unknown',
      'nvme6 skip filtered',
      'nvme7 skip not-fabrics',
      'nvme8 skip gone',
    ])
  })
  test('by name exactly those, whoever owns them, but nothing local', () => {
    expect(decide({ kind: 'named', devices: ['nvme3', 'nvme0'], nqns: ['nqn.x:nvme5'] })).toEqual([
      'nvme0 skip not-fabrics',
      'nvme3 disconnect owned-by stas',
      'nvme5 disconnect ownership-unknown',
    ])
  })
  test('an owner with odd characters is a name like any other', () => {
    const odd = 'a b"c\\d Ω'
    expect(decide({ kind: 'owner', owner: odd }, [[controller('nvme1'), owned(odd)]])).toEqual([
      `nvme1 disconnect owned-by ${odd}`,
    ])
  })
})

describe('a filter', () => {
  const one = controller('nvme1', {
    address: { text: '', traddr: 'fe80::A%eth0', trsvcid: '4420', hostTraddr: '192.0.2.9', hostIface: 'eth0' },
    nqn: 'nqn.x',
    hostnqn: 'nqn.host',
    hostid: '0A',
  })
  test.each<[Filter, boolean]>([
    [{}, true],
    [{ transport: 'tcp', nqn: 'nqn.x', traddr: 'FE80::a%eth0', trsvcid: '4420' }, true],
    [{ hostTraddr: '192.0.2.9', hostIface: 'eth0', hostnqn: 'nqn.host', hostid: '0a' }, true],
    [{ transport: 'rdma' }, false],
    [{ nqn: 'nqn.y' }, false],
    [{ traddr: 'fe80:0:0::0:000A%eth0' }, true],
    [{ traddr: 'fe80::a%ETH0' }, false],
    [{ traddr: 'fe80::a' }, false],
    [{ traddr: '192.0.2.1' }, false],
    [{ hostTraddr: '::ffff:192.0.2.9' }, false],
    [{ trsvcid: '4421' }, false],
    [{ hostTraddr: '192.0.2.8' }, false],
    [{ hostIface: 'ETH0' }, false],
    [{ hostnqn: 'nqn.other' }, false],
    [{ hostid: '0b' }, false],
    [{ transport: 'tcp', trsvcid: '4421' }, false],
  ])('%j: %s', (filter, passes) => {
    const left = passes ? 'nvme1 disconnect unowned' : 'nvme1 skip filtered'
    expect(decide({ kind: 'unowned', filter }, [[one, unowned]])).toEqual([left])
    const named = decide({ kind: 'named', devices: [], nqns: ['nqn.x'], filter }, [[one, unowned]])
    expect(named).toEqual(passes ? ['nvme1 disconnect unowned'] : [])
  })
  test('lets nothing through that the kernel does not tell', () => {
    const bare = controller('nvme1', { hostnqn: undefined, nqn: undefined })
    expect(decide({ kind: 'force', filter: { hostnqn: 'nqn.host' } }, [[bare, unowned]])).toEqual([
      'nvme1 skip filtered',
    ])
    expect(decide({ kind: 'force', filter: { traddr: '192.0.2.1' } }, [[bare, unowned]])).toEqual([
      'nvme1 skip filtered',
    ])
  })
})

test('I/O controllers go before discovery controllers, lower numbers first, however they come', () => {
  const host: [Controller, Ownership][] = [
    [controller('nvme10'), unowned],
    [controller('nvme1', { cntrltype: 'discovery' }), unowned],
    [controller('nvme2'), unowned],
    [controller('nvme0', { cntrltype: undefined, nqn: 'nqn.2014-08.org.nvmexpress.discovery' }), unowned],
  ]
  const names = (all: typeof host): string[] =>
    decide({ kind: 'unowned' }, all).map(line => line.split(' ')[0] as string)
  expect(names(host)).toEqual(['nvme2', 'nvme10', 'nvme0', 'nvme1'])
  expect(names(host.toReversed())).toEqual(names(host))
})

const disk = (...paths: string[]): Namespace[] => [mounted('nvme1n1', '/', paths)]

describe('a namespace that is in use', () => {
  const two: [Controller, Ownership][] = [
    [controller('nvme1'), unowned],
    [controller('nvme2'), unowned],
  ]
  const owning: [Controller, Ownership][] = [
    [controller('nvme1'), unowned],
    [controller('nvme2'), owned('stas')],
  ]

  test.each<[string, Namespace[], [Controller, Ownership][], Request, string[]]>([
    ['keeps its only path', disk('nvme1'), two, { kind: 'unowned' }, ['skip in-use', 'disconnect unowned']],
    [
      'lets all but one path go',
      disk('nvme1', 'nvme2'),
      two,
      { kind: 'unowned' },
      ['skip in-use', 'disconnect unowned'],
    ],
    [
      'keeps the one that works',
      disk('!nvme1', 'nvme2'),
      two,
      { kind: 'unowned' },
      ['disconnect unowned', 'skip in-use'],
    ],
    ['keeps all if none works', disk('!nvme1', '!nvme2'), two, { kind: 'unowned' }, ['skip in-use', 'skip in-use']],
    [
      'does with a path that is left',
      disk('nvme1', 'nvme2'),
      owning,
      { kind: 'unowned' },
      ['disconnect unowned', 'skip owned-by stas'],
    ],
    [
      'does not do with a dead one that is left',
      disk('nvme1', '!nvme2'),
      owning,
      { kind: 'unowned' },
      ['skip in-use', 'skip owned-by stas'],
    ],
    [
      "keeps an owner's, too",
      disk('nvme2'),
      owning,
      { kind: 'owner', owner: 'stas' },
      ['skip unowned', 'skip in-use stas'],
    ],
    ['stops no force', disk('nvme1', 'nvme2'), two, { kind: 'force' }, ['disconnect in-use', 'disconnect in-use']],
    ['stops no name', disk('nvme1'), two, { kind: 'named', devices: ['nvme1'], nqns: [] }, ['disconnect in-use']],
    [
      'is no matter for what does not lead to it',
      disk('nvme9'),
      two,
      { kind: 'unowned' },
      ['disconnect unowned', 'disconnect unowned'],
    ],
  ])('%s', (_, namespaces, host, request, expected) => {
    expect(decide(request, host, namespaces).map(line => line.slice(line.indexOf(' ') + 1))).toEqual(expected)
  })

  test('a controller of several stays for each of them', () => {
    const namespaces = [mounted('nvme1n1', '/', ['nvme1', 'nvme2']), mounted('nvme1n2', '/srv', ['nvme2'])]
    expect(decide({ kind: 'unowned' }, two, namespaces)).toEqual(['nvme1 disconnect unowned', 'nvme2 skip in-use'])
  })
  test('says what it is kept for, and what goes by force', () => {
    const facts = {
      controllers: two.map(([each]) => each),
      announced: SILENT,
      ownershipOf: () => unowned,
      namespaces: disk('nvme1', 'nvme2'),
    }
    const use = { kind: 'mount', namespace: 'nvme1n1', device: 'nvme1n1', at: '/' }
    expect(plan(facts, { kind: 'unowned' }).steps.map(({ uses }) => uses)).toEqual([[use], []])
    expect(plan(facts, { kind: 'force' }).steps.map(({ uses }) => uses)).toEqual([[use], [use]])
  })
})
