import type { Controller } from '@nvmf/controllers'
import { describe, expect, test } from 'vitest'
import { check } from '../src/check.ts'
import { type ConnectRequest, DISCOVERY_NQN, findExisting } from '../src/index.ts'
import { matching } from '../src/match.ts'
import { withDefaults } from '../src/option-string.ts'
import { REQUEST, world } from './fakes.ts'

const HOST = { hostnqn: 'nqn.h', hostid: '11111111-2222-3333-4444-555555555555' }
const UP = { traddr: '192.0.2.1', trsvcid: '4420' }
const SRC = { ...UP, srcAddr: '192.0.2.9' }
const WWN = 'nn-0x10000090fa942779:pn-0x10000090fa942779'

const there = (parts: object = {}): Controller =>
  ({
    name: 'nvme3',
    transport: 'tcp',
    nqn: REQUEST.nqn,
    state: 'live',
    cntrltype: 'io',
    ...HOST,
    address: UP,
    ...parts,
  }) as unknown as Controller
const fc = there({ transport: 'fc', address: { traddr: WWN, hostTraddr: WWN } })
const loop = there({ transport: 'loop', address: {} })
const rdma = there({ transport: 'rdma' })
const interfaceOf = (address: string): string | undefined => ({ '192.0.2.9': 'eth0' })[address]
const matches = (request: ConnectRequest, ...controllers: Controller[]): string | undefined => {
  const checked = check(request)
  return matching(controllers, checked, withDefaults(checked, request), interfaceOf)?.name
}

describe('the same connection', () => {
  test.each<[string, Partial<ConnectRequest>, Controller]>([
    ['tcp, the default port', {}, there()],
    [
      'another spelling of the address',
      { traddr: '2001:DB8:0::1' },
      there({ address: { ...UP, traddr: '2001:db8::1' } }),
    ],
    ['host names are resolved before', { traddr: '192.0.2.1', trsvcid: '4420' }, there()],
    ['same host', HOST, there()],
    ['hostid in capitals', { hostid: HOST.hostid.toUpperCase() }, there()],
    ["a kernel that does not tell the controller's host", HOST, there({ hostnqn: undefined, hostid: undefined })],
    ['reconnecting', {}, there({ state: 'connecting' })],
    ['host_traddr named there only', {}, there({ address: { ...UP, hostTraddr: '192.0.2.9' } })],
    ['host_traddr against src_addr', { hostTraddr: '192.0.2.9' }, there({ address: SRC })],
    ['host_traddr without src_addr', { hostTraddr: '192.0.2.9' }, there()],
    ['host_iface', { hostIface: 'eth1' }, there({ address: { ...SRC, hostIface: 'eth1' } })],
    ['host_iface that carries src_addr', { hostIface: 'eth0' }, there({ address: SRC })],
    [
      'host_iface, and nobody knows the address',
      { hostIface: 'eth0' },
      there({ address: { ...UP, srcAddr: '192.0.2.8' } }),
    ],
    [
      'the discovery NQN',
      { nqn: DISCOVERY_NQN, trsvcid: '4420' },
      there({ nqn: 'nqn.unique', cntrltype: 'discovery' }),
    ],
    ['loop', { transport: 'loop', traddr: undefined }, loop],
    [
      'fc, connected by somebody who leaves the 0x out',
      { transport: 'fc', traddr: WWN, hostTraddr: WWN },
      there({ transport: 'fc', address: { traddr: WWN.replaceAll('0x', ''), hostTraddr: WWN.toUpperCase() } }),
    ],
    ['fc', { transport: 'fc', traddr: WWN.toUpperCase().replaceAll('0X', '0x'), hostTraddr: WWN }, fc],
    ['rdma', { transport: 'rdma' }, rdma],
  ])('%s', (_, changes, controller) => expect(matches({ ...REQUEST, ...changes }, controller)).toBe('nvme3'))
})

describe('another connection', () => {
  test.each<[string, Partial<ConnectRequest>, Controller]>([
    ['transport', { transport: 'rdma' }, there()],
    ['subsystem', { nqn: 'nqn.other' }, there()],
    ['address', { traddr: '192.0.2.2' }, there()],
    ['port', { trsvcid: '4421' }, there()],
    ['hostnqn', { ...HOST, hostnqn: 'nqn.other' }, there()],
    ['hostid', { ...HOST, hostid: '99999999-2222-3333-4444-555555555555' }, there()],
    ['host_traddr', { hostTraddr: '192.0.2.8' }, there({ address: SRC })],
    ['host_traddr on both sides', { hostTraddr: '192.0.2.8' }, there({ address: { ...SRC, hostTraddr: '192.0.2.9' } })],
    ['host_iface', { hostIface: 'eth1' }, there({ address: SRC })],
    ['an I/O controller is no discovery controller', { nqn: DISCOVERY_NQN, trsvcid: '4420' }, there()],
    ['fc host port', { transport: 'fc', traddr: WWN, hostTraddr: WWN.replace('77', '78') }, fc],
    [
      'rdma address',
      { transport: 'rdma', hostTraddr: '192.0.2.3' },
      there({ transport: 'rdma', address: { ...UP, hostTraddr: '192.0.2.2' } }),
    ],
    ...['deleting', 'deleting (no IO)', 'dead'].map(
      state => [state, {}, there({ state })] as [string, object, Controller],
    ),
  ])('%s', (_, changes, controller) => expect(matches({ ...REQUEST, ...changes }, controller)).toBeUndefined())
})

test('a live one comes first', () => {
  const lost = there({ name: 'nvme1', state: 'connecting' })
  expect(matches(REQUEST, lost, there())).toBe('nvme3')
  expect(matches(REQUEST, lost)).toBe('nvme1')
})

test('findExisting resolves the name and knows this host', async () => {
  const address = { traddr: '192.0.2.7', trsvcid: '4420' }
  const uuid = '11111111-2222-3333-4444-555555555555'
  const mine = there({ hostnqn: `nqn.2014-08.org.nvmexpress:uuid:${uuid}`, hostid: uuid, address })
  const { ports, log } = world({ controllers: [there({ address }), { ...mine, name: 'nvme4' }] })
  const request = { ...REQUEST, traddr: 'target.example' }
  expect((await findExisting(request, ports))?.name).toBe('nvme4')
  expect(await findExisting({ ...request, family: 6 }, ports)).toBeUndefined()
  expect(log).toEqual([])
})
