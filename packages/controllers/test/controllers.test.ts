import { describe, expect, test } from 'vitest'
import {
  ControllersError,
  getController,
  incarnationOf,
  listControllerSummaries,
  listControllers,
} from '../src/index.ts'
import { errno, hostWith, type Tree, treeSysfs } from './host.ts'

const tcp: Tree = {
  transport: 'tcp\n',
  address: 'traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.9\n',
  subsysnqn: 'nqn.2026-01.example:boot\n',
  hostnqn: 'nqn.2014-08.org.nvmexpress:uuid:x\n',
  hostid: 'c1d3\n',
  state: 'live\n',
  cntlid: '7\n',
  cntrltype: 'io\n',
}
const list = (tree: Tree) => listControllers({ sysfs: treeSysfs(tree) })
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ControllersError) return error.code
    throw error
  }
  return 'nothing thrown'
}

describe('listing', () => {
  test('a summary says what the whole says, and reads nothing else', () => {
    const host = hostWith({ nvme3: tcp, nvme10: {}, nvme2: tcp }, { 'nvme-subsys1': { nvme3: {}, subsysnqn: 'x' } })
    const sysfs = treeSysfs(host)
    const read = new Set<string>()
    const asked = { ...sysfs, readText: (path: string) => (read.add(path.replace(/.*\//, '')), sysfs.readText(path)) }
    const whole = listControllers({ sysfs }).map(
      ({ name, instance, incarnation, transport, fabrics, address, nqn, state }) => ({
        name,
        instance,
        incarnation,
        transport,
        fabrics,
        address,
        nqn,
        state,
      }),
    )
    expect(listControllerSummaries({ sysfs: asked })).toEqual(whole)
    expect([...read].toSorted()).toEqual(['address', 'state', 'subsysnqn', 'transport'])
  })
  test('shows what sysfs says, with the incarnation and the subsystem', () => {
    const [found] = list(hostWith({ nvme3: tcp }, { 'nvme-subsys1': { nvme3: {}, nvme0c3n1: {}, subsysnqn: 'x' } }))
    expect(found).toEqual({
      name: 'nvme3',
      instance: 3,
      incarnation: '1000',
      transport: 'tcp',
      fabrics: true,
      address: {
        text: 'traddr=192.0.2.1,trsvcid=4420,src_addr=192.0.2.9',
        traddr: '192.0.2.1',
        trsvcid: '4420',
        srcAddr: '192.0.2.9',
      },
      nqn: 'nqn.2026-01.example:boot',
      hostnqn: 'nqn.2014-08.org.nvmexpress:uuid:x',
      hostid: 'c1d3',
      state: 'live',
      cntlid: 7,
      cntrltype: 'io',
      numaNode: undefined,
      subsystem: 'nvme-subsys1',
    })
  })

  test('is in natural order and leaves out what is not a controller', () => {
    const tree = hostWith({
      nvme10: tcp,
      nvme2: tcp,
      nvme3n1: {},
      nvme0c1n1: {},
      nvme007: {},
      'nvme-fabrics': {},
      nvme9999999999: {},
    })
    expect(list(tree).map(found => found.name)).toEqual(['nvme2', 'nvme10'])
  })

  test('keeps a controller that has no subsystem yet', () => {
    expect(list(hostWith({ nvme0: { ...tcp, state: 'connecting\n' } }))[0]).toMatchObject({
      state: 'connecting',
      subsystem: undefined,
    })
  })

  test.each(['ENOENT', 'ENODEV', 'EIO', 'EACCES', 'EINVAL'])(
    'takes an attribute that fails with %s for unknown',
    code => {
      const [found] = list(hostWith({ nvme0: { ...tcp, subsysnqn: errno(code), transport: errno(code) } }))
      expect(found).toMatchObject({ nqn: undefined, transport: undefined, fabrics: false })
    },
  )

  test.each([['pcie'], ['apple-nvme']])('%s is not fabrics', transport => {
    expect(list(hostWith({ nvme0: { transport, address: '0000:01:00.0\n' } }))[0]).toMatchObject({
      fabrics: false,
      address: { bdf: '0000:01:00.0' },
    })
  })

  test('does not mistake too few descriptors for a missing attribute', () => {
    expect(codeOf(() => list(hostWith({ nvme0: { ...tcp, transport: errno('EMFILE') } })))).toBe('io')
  })
})

describe('what changes while it is read', () => {
  test('a controller that vanishes is left out', () => {
    const nvme: Tree = { nvme0: { ...tcp }, nvme1: tcp }
    const sysfs = treeSysfs(hostWith(nvme), path => {
      if (path.endsWith('nvme0/subsysnqn')) delete nvme.nvme0
    })
    expect(listControllers({ sysfs }).map(found => found.name)).toEqual(['nvme1'])
  })

  test('a number that is recycled never mixes two incarnations', () => {
    const nvme: Tree = { nvme0: { ...tcp, subsysnqn: 'old', cntlid: '1' } }
    const sysfs = treeSysfs(hostWith(nvme), path => {
      if (path.endsWith('nvme0/state') && (nvme.nvme0 as Tree).subsysnqn === 'old') {
        nvme.nvme0 = { ...tcp, subsysnqn: 'new', cntlid: '2' }
      }
    })
    const found = getController('nvme0', { sysfs })
    expect(found).toMatchObject({ nqn: 'new', cntlid: 2 })
    expect(found?.incarnation).toBe(incarnationOf('nvme0', { sysfs }))
  })
})

describe('a host without NVMe', () => {
  test('no nvme class: no controllers', () => expect(list({ sys: { class: {} } })).toEqual([]))
  test.each<[string, Tree]>([
    ['no /sys/class', { sys: {} }],
    ['nothing mounted', {}],
    ['unreadable', { sys: { class: { nvme: errno('EACCES') } } }],
    ['a file', { sys: { class: 'x' } }],
  ])('%s: no-sysfs', (_, tree) => expect(codeOf(() => list(tree))).toBe('no-sysfs'))
  test('names are checked before a path is made of them', () => {
    expect(codeOf(() => getController('../../etc', { sysfs: treeSysfs({}) }))).toBe('bad-device')
    expect(getController('nvme0', { sysfs: treeSysfs({}) })).toBeUndefined()
  })
})
