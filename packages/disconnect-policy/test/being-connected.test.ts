import type { Controller } from '@nvmf/controllers'
import type { Announced, Connecting, Ownership } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { plan, type Request } from '../src/index.ts'
import { controller, mounted, owned, SILENT, unknown, unowned } from './host.ts'

const THERE = controller('nvme1', {
  address: { text: '', traddr: '192.0.2.1', trsvcid: '4420', hostTraddr: '192.0.2.9', hostIface: 'eth0' },
  nqn: 'nqn.x',
  hostnqn: 'nqn.host',
  subsystem: 'nvme-subsys1',
})
const WHAT: Connecting = {
  owner: 'stas',
  transport: 'tcp',
  traddr: '192.0.2.1',
  trsvcid: '4420',
  hostTraddr: '192.0.2.9',
  hostIface: 'eth0',
  nqn: 'nqn.x',
  hostnqn: 'nqn.host',
}

function decided(
  connecting: Announced['connecting'],
  there: Controller = THERE,
  ownership: Ownership = unowned,
  request: Request = { kind: 'unowned' },
) {
  const facts = {
    controllers: [there],
    announced: { ...SILENT, connecting },
    ownershipOf: () => ownership,
    namespaces: [],
  }
  const [step] = plan(facts, request).steps
  return { action: step?.action, reason: step?.reason, connecting: step?.connecting }
}
const taken = { action: 'disconnect', reason: 'unowned', connecting: undefined }
const left = (owner: string | undefined) => ({
  action: 'skip',
  reason: 'being-connected',
  connecting: owner === undefined ? {} : { owner },
})

describe('what a process has announced that it connects', () => {
  test('is left, and for whom', () => {
    expect(decided([WHAT])).toEqual(left('stas'))
    expect(decided([{ ...WHAT, nqn: 'nqn.y' }, WHAT])).toEqual(left('stas'))
  })
  test.each<[Partial<Connecting>]>([
    [{ transport: 'rdma' }],
    [{ traddr: '192.0.2.2' }],
    [{ trsvcid: '4421' }],
    [{ hostTraddr: '192.0.2.10' }],
    [{ hostIface: 'eth1' }],
    [{ nqn: 'nqn.y' }],
    [{ hostnqn: 'nqn.other' }],
  ])('is not a controller that differs in %j', changes => {
    expect(decided([{ ...WHAT, ...changes }])).toEqual(taken)
  })
  test.each(Object.keys(WHAT) as (keyof Connecting)[])('may have any %s if it does not say one', key => {
    const { [key]: _, ...less } = WHAT
    expect(decided([less])).toEqual(left(key === 'owner' ? undefined : 'stas'))
  })
  test.each<[string, Partial<Controller>]>([
    ['address', { address: { text: '' } }],
    ['NQN', { nqn: undefined }],
    ['host NQN', { hostnqn: undefined }],
    ['address in another spelling', { address: { text: '', traddr: '192.000.002.001'.replaceAll('00', '') } }],
  ])('may be a controller whose %s sysfs does not tell, or spells otherwise', (_, changes) => {
    expect(decided([WHAT], { ...THERE, ...changes })).toEqual(left('stas'))
  })
  test('by the well-known discovery NQN may be any discovery controller there', () => {
    const discovery = { ...WHAT, nqn: 'nqn.2014-08.org.nvmexpress.discovery' }
    expect(decided([discovery], { ...THERE, cntrltype: 'discovery' })).toEqual(left('stas'))
    expect(decided([discovery])).toEqual(taken)
  })
  test('that cannot be read may be any controller', () => {
    expect(decided([undefined])).toEqual({
      action: 'skip',
      reason: 'being-connected',
      connecting: { unreadable: true },
    })
  })
  test('does not protect what has another owner, which has its own protection', () => {
    const mine: Request = { kind: 'owner', owner: 'stas' }
    expect(decided([WHAT], THERE, owned('stas'), mine)).toMatchObject({ action: 'disconnect', reason: 'owned-by' })
    expect(decided([WHAT], THERE, owned('nbft'))).toMatchObject({ action: 'skip', reason: 'owned-by' })
    expect(decided([WHAT], THERE, unknown)).toMatchObject({ action: 'skip', reason: 'ownership-unknown' })
  })
})

describe('a controller in its first connect', () => {
  const half = { subsystem: undefined, nqn: undefined, cntlid: 0, cntrltype: 'reserved' }
  test.each(['new', 'connecting', undefined])('in state %s is left, whatever program connects it', state => {
    expect(decided([], controller('nvme1', { ...half, state }))).toEqual(left(undefined))
  })
  test.each<[string, Partial<Controller>]>([
    ['has a subsystem', { ...half, state: 'connecting', subsystem: 'nvme-subsys1' }],
    ['has a subsystem’s NQN', { ...half, state: 'connecting', nqn: 'nqn.x' }],
    ['is live', { ...half, state: 'live' }],
  ])('is not one that %s', (_, changes) => {
    expect(decided([], controller('nvme1', changes))).toEqual(taken)
  })
})

test.each<Request>([{ kind: 'force' }, { kind: 'named', devices: ['nvme1'], nqns: [] }])(
  'a request that nothing stops takes what is being connected: %j',
  request => {
    expect(decided([WHAT], THERE, unowned, request).action).toBe('disconnect')
    expect(decided([], controller('nvme1', { state: 'connecting', nqn: undefined }), unowned, request).action).toBe(
      'disconnect',
    )
  },
)

/** What becomes of nvme2, the unowned of two paths to a mounted disk; nvme1 is another owner's. */
const secondPath = (leaving: Announced['leaving'], request: Request = { kind: 'unowned' }) =>
  plan(
    {
      controllers: [controller('nvme1'), controller('nvme2')],
      announced: { ...SILENT, leaving },
      ownershipOf: ({ name }) => (name === 'nvme1' ? owned('stas') : unowned),
      namespaces: [mounted('nvme1n1', '/', ['nvme1', 'nvme2'])],
    },
    request,
  ).steps.find(({ controller: { name } }) => name === 'nvme2')

describe('a path that another process is disconnecting', () => {
  test('is not one that stays, whatever incarnation was announced', () => {
    expect(secondPath([])).toMatchObject({ action: 'disconnect', pathsLeaving: [] })
    for (const leaving of [new Map([['nvme1', '1']]), undefined])
      expect(secondPath([new Map([['nvme7', '1']]), leaving])).toMatchObject({ action: 'skip', reason: 'in-use' })
    expect(secondPath([new Map([['nvme1', '1']])])).toMatchObject({ pathsLeaving: ['nvme1'] })
  })
  test('of another disk matters nothing', () => {
    expect(secondPath([new Map([['nvme7', '1']])])).toMatchObject({ action: 'disconnect', pathsLeaving: [] })
  })
  test('is named beside what force takes all the same', () => {
    expect(secondPath([new Map([['nvme1', '1']])], { kind: 'named', devices: ['nvme2'], nqns: [] })).toMatchObject({
      action: 'disconnect',
      reason: 'in-use',
      pathsLeaving: ['nvme1'],
    })
  })
})
