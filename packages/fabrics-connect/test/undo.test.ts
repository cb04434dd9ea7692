import { ControllersError } from '@nvmf/controllers'
import { type Announced, type Connecting, RegistryError } from '@nvmf/registry-core'
import { describe, expect, test } from 'vitest'
import { type ConnectOptions, connect, type FabricsError, isFabricsError } from '../src/index.ts'
import { controllerNamed, REQUEST, type World, world } from './fakes.ts'

const USE = { kind: 'mount', namespace: 'nvme3n1', device: 'nvme3n1', at: '/data' } as const
const mounted = (...paths: string[]) => [
  { name: 'nvme3n1', uses: [USE], paths: paths.map(path => ({ controller: path, live: true })) },
]
const error = new RegistryError('io', 'no space')
/** The announcement of another process that connects {@link REQUEST}. */
const SAME: Connecting = { owner: 'nbft', transport: 'tcp', traddr: '192.0.2.1', nqn: REQUEST.nqn }
const connecting = (what: Connecting | undefined): Announced => ({ connecting: [what], leaving: [] })
const leaving = (what: Announced['leaving'][number]): Announced => ({ connecting: [], leaving: [what] })

async function failed(run: Promise<unknown>): Promise<FabricsError> {
  const thrown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (isFabricsError(thrown)) return thrown
  throw thrown ?? new Error('it connected')
}

/** A connect that is interrupted while the kernel connects; `meanwhile` happens before the kernel's answer. */
async function interrupted(
  changes: Partial<World>,
  options: ConnectOptions = {},
  meanwhile = (_at: World): void => {},
) {
  const abort = new AbortController()
  const at = world({
    ...changes,
    hold: async () => {
      abort.abort()
      meanwhile(at)
    },
  })
  const { aftermath } = await failed(connect(REQUEST, at.ports, { ...options, signal: abort.signal }))
  return { ended: await aftermath, log: at.log }
}

const broken = () => {
  throw new ControllersError('no-sysfs', '/sys/class cannot be read')
}

/** A connect whose required owner cannot be recorded. */
async function notRecorded(changes: Partial<World>) {
  const at = world({ published: error, ...changes })
  const thrown = await failed(connect(REQUEST, at.ports, { owner: 'stas', requireOwner: true }))
  return { thrown, log: at.log }
}

describe('a connect that was given up takes its controller down again', () => {
  test.each<[string, Partial<World>, ConnectOptions]>([
    ['if it is unowned', {}, { owner: 'stas' }],
    ["if it is the caller's owner's", { ownership: { state: 'owned', owner: 'stas' } }, { owner: 'stas' }],
    ['if another path to what is in use stays', { namespaces: mounted('nvme3', 'nvme1') }, {}],
    [
      'if another process is about to connect the same',
      { made: controllerNamed('nvme3', { nqn: REQUEST.nqn }), others: connecting(SAME) },
      { owner: 'stas' },
    ],
    ['if another process is about to connect what cannot be read', { others: connecting(undefined) }, {}],
  ])('%s', async (_, changes, options) => {
    const { ended, log } = await interrupted(changes, options)
    expect(ended).toEqual({ outcome: 'taken-down', device: 'nvme3' })
    const announced = options.owner === undefined ? [] : ['withdraw']
    expect(log.slice(log.indexOf('open delete'))).toEqual([
      'open delete',
      'delete',
      'close delete',
      'close r+',
      ...announced,
    ])
  })
})

describe('a connect that was given up leaves its controller', () => {
  test.each<[string, Partial<World>, ConnectOptions, object, string]>([
    [
      'that another owner has claimed',
      { ownership: { state: 'owned', owner: 'nbft' } },
      { owner: 'stas' },
      { reason: 'owned-by', owner: 'nbft' },
      'owned by nbft',
    ],
    [
      'that is owned, if it asked for no owner',
      { ownership: { state: 'owned', owner: 'nbft' } },
      {},
      { reason: 'owned-by', owner: 'nbft' },
      'owned by nbft',
    ],
    [
      'whose owner cannot be read',
      { ownership: { state: 'unknown', reason: 'x' } },
      {},
      { reason: 'ownership-unknown' },
      'its owner cannot be read',
    ],
    [
      'that is the last path to what is in use',
      { namespaces: mounted('nvme3') },
      {},
      { reason: 'in-use', uses: [USE] },
      'nvme3n1 is in use',
    ],
    [
      'if the other path to what is in use is about to be disconnected',
      { namespaces: mounted('nvme3', 'nvme1'), others: leaving(new Map([['nvme1', '76']])) },
      {},
      { reason: 'in-use', uses: [USE] },
      'nvme3n1 is in use',
    ],
    [
      'that is in use, if another process is about to disconnect what cannot be read',
      { namespaces: mounted('nvme3', 'nvme1'), others: leaving(undefined) },
      {},
      { reason: 'in-use', uses: [USE] },
      'nvme3n1 is in use',
    ],
    [
      'if other processes cannot be told that it goes',
      { declared: error },
      {},
      { reason: 'not-judged' },
      'it cannot be told whether it may go',
    ],
    [
      'whose transport cannot be read',
      { made: controllerNamed('nvme3', { fabrics: false, transport: undefined }) },
      {},
      { reason: 'not-judged' },
      'it cannot be told whether it may go',
    ],
  ])('%s', async (_, changes, options, left, why) => {
    const { ended, log } = await interrupted(changes, options)
    expect(ended).toMatchObject({ outcome: 'left', device: 'nvme3', ...left })
    expect(ended).toMatchObject({
      error: {
        code: 'interrupted',
        stillConnected: true,
        left,
        message: `nvme3: interrupted; it stays connected: ${why}`,
      },
    })
    expect(log).not.toContain('delete')
    expect(log.filter(line => /publish|claim|release/.test(line))).toEqual([])
  })

  test('that is claimed between the plan and the write', async () => {
    const abort = new AbortController()
    const at = world({ hold: async () => abort.abort() })
    const { ports } = at
    const openDevice: typeof ports.openDevice = (path, mode) => {
      if (mode === 'w') at.ownership = { state: 'owned', owner: 'nbft' }
      return ports.openDevice(path, mode)
    }
    const { aftermath } = await failed(connect(REQUEST, { ...ports, openDevice }, { signal: abort.signal }))
    expect(await aftermath).toMatchObject({ outcome: 'left', reason: 'owned-by', owner: 'nbft' })
    expect(at.log).not.toContain('delete')
  })

  test('if sysfs cannot be read', async () => {
    const { ended, log } = await interrupted({}, {}, at => {
      const { ports } = at as ReturnType<typeof world>
      Object.assign(ports, { controllers: broken, looks: { ...ports.looks, incarnationOf: broken } })
    })
    expect(ended).toMatchObject({ outcome: 'left', reason: 'not-judged' })
    expect(log).not.toContain('delete')
  })
})

describe('a connect that was given up finds its controller gone', () => {
  test.each<[string, Partial<World>]>([
    ['by itself', { made: undefined }],
    ['because another process takes it down', { made: controllerNamed('nvme3', { state: 'deleting' }) }],
    ['between the look and the write', { fail: { delete: 'ENODEV' } }],
  ])('%s', async (_, changes) => {
    const { ended } = await interrupted(changes)
    expect(ended).toMatchObject({ outcome: 'failed', error: { code: 'gone', device: 'nvme3', stillConnected: false } })
  })
})

describe('a required owner that cannot be recorded', () => {
  test('takes the connection down again', async () => {
    const { thrown, log } = await notRecorded({})
    expect(thrown).toMatchObject({ code: 'not-recorded', stillConnected: false, left: undefined, cause: error })
    expect(log).toContain('delete')
  })
  test.each<[string, Partial<World>, object]>([
    ['another owner has it', { ownership: { state: 'owned', owner: 'nbft' } }, { reason: 'owned-by', owner: 'nbft' }],
    ['the registry cannot be read', { ownership: { state: 'unknown', reason: 'x' } }, { reason: 'ownership-unknown' }],
    ['it is in use', { namespaces: mounted('nvme3') }, { reason: 'in-use', uses: [USE] }],
  ])('leaves it if %s by then', async (_, changes, left) => {
    const { thrown, log } = await notRecorded(changes)
    expect(thrown).toMatchObject({ code: 'not-recorded', stillConnected: true, left, cause: error })
    expect(log).not.toContain('delete')
  })
})
